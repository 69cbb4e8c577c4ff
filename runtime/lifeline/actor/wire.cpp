#include "lifeline/actor/wire.hpp"

namespace lifeline::detail {

wire_context to_wire(const context& ctx) {
  const duration left = ctx.remaining();
  return {left == duration::max() ? -1 : left.count(), static_cast<std::uint8_t>(ctx.err())};
}

context from_wire(const wire_context& w) {
  const context root = background();
  if (w.err == 0 && w.left_ns < 0) return root;
  const time_point t =
      w.left_ns < 0 ? time_point::max() : time_after(root.time().now(), duration(w.left_ns));
  auto* n = new node(root.node(), root.view(), t);
  context ctx(n);
  if (w.err == 0) {
    n->arm(nullptr);
  } else {
    const bool late = w.err == static_cast<std::uint8_t>(errc::deadline_exceeded);
    n->end(late ? errc::deadline_exceeded : errc::canceled, nullptr);
  }
  return ctx;
}

}  // namespace lifeline::detail
