#include "lifeline/actor/wire.hpp"

namespace lifeline::detail {

wire_context to_wire(const context& ctx) {
  const duration left = ctx.remaining();
  return {left == duration::max() ? -1 : left.count(), static_cast<std::uint8_t>(ctx.err())};
}

context from_wire(const wire_context& w) {
  const context root = background();
  if (w.err == 0 && w.left_ns < 0) return root;
  auto* n = new node(root.node(), root.view(),
                     w.left_ns < 0 ? time_point::max() : root.time().now() + duration(w.left_ns));
  context ctx(n);
  if (w.err != 0) {
    n->end(w.err == 2 ? errc::deadline_exceeded : errc::canceled, nullptr);
  } else {
    n->arm(nullptr);
  }
  return ctx;
}

}  // namespace lifeline::detail
