#pragma once

#include "lifeline/actor/caf.hpp"
#include "lifeline/context/context.hpp"

namespace lifeline::detail {

/// A context as it crosses a node's border: the time left, since clocks differ between nodes.
struct wire_context {
  std::int64_t left_ns = -1;  // below zero: no deadline
  std::uint8_t err = 0;
};

wire_context to_wire(const context& ctx);
/// A context on the process's clock without a scope: its deadline alone can end it here, and when
/// its last handle is dropped it goes, with its timer.
context from_wire(const wire_context& w);

}  // namespace lifeline::detail

namespace lifeline {

#if LIFELINE_CAF_1
template <class Inspector>
bool inspect(Inspector& f, context& x) {
  auto w = detail::to_wire(x);
  if (!f.object(x).fields(f.field("left_ns", w.left_ns), f.field("err", w.err))) return false;
  if constexpr (Inspector::is_loading) x = detail::from_wire(w);
  return true;
}
#else
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, context& x) {
  auto w = detail::to_wire(x);
  auto load = [&]() -> caf::error {
    x = detail::from_wire(w);
    return caf::none;
  };
  return f(caf::meta::type_name("lifeline::context"), w.left_ns, w.err,
           caf::meta::load_callback(load));
}
#endif

}  // namespace lifeline
