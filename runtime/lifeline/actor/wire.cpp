#include "lifeline/actor/wire.hpp"

#include <algorithm>

namespace lifeline {

system_config::system_config(wire_values v) : values(std::move(v)) {
#if LIFELINE_CAF_1
  caf::core::init_global_meta_objects();
  caf::init_global_meta_objects<caf::id_block::lifeline>();
  detail::room_types::make_all_known();
#else
  add_message_type<context>("lifeline::context");
#endif
}

namespace detail {

namespace {

constexpr auto last_end = static_cast<std::uint8_t>(errc::deadline_exceeded);

/// A live or ended context, as `w` describes it.
context life_from_wire(const wire_context& w) {
  const context root = background();
  if (w.err == 0 && w.left_ns < 0) return root;
  const time_point t =
      w.left_ns < 0 ? time_point::max() : time_after(root.time().now(), duration(w.left_ns));
  auto* n = new node(root.node(), root.view(), t);
  context ctx(n);
  if (w.err == 0) {
    n->arm(nullptr);
  } else {
    n->end(static_cast<errc>(w.err), nullptr);
  }
  return ctx;
}

}  // namespace

wire_context to_wire(const context& ctx, const wire_values* values) {
  const duration left = ctx.remaining();
  wire_context w{left == duration::max() ? -1 : left.count(), static_cast<std::uint8_t>(ctx.err())};
  if (values == nullptr) return w;
  for (const auto& c : values->codecs())
    if (auto bytes = c.write(ctx)) w.values.emplace_back(c.name, std::move(*bytes));
  return w;
}

std::optional<context> from_wire(const wire_context& w, const wire_values* values) {
  if (w.left_ns < -1 || w.err > last_end || w.values.size() > wire_context::most_values)
    return std::nullopt;
  context ctx = life_from_wire(w);
  if (values == nullptr) return ctx;
  for (const auto& [name, bytes] : w.values) {
    const auto& all = values->codecs();
    const auto known =
        std::find_if(all.begin(), all.end(), [&n = name](const auto& c) { return c.name == n; });
    if (known != all.end() && !known->read(ctx, bytes)) return std::nullopt;
  }
  return ctx;
}

const wire_values* values_of(const caf::actor_system* system) {
  if (system == nullptr) return nullptr;
  const auto* config = dynamic_cast<const system_config*>(&system->config());
  return config != nullptr ? &config->values : nullptr;
}

}  // namespace detail
}  // namespace lifeline
