#pragma once

#include <cstdint>
#include <string>

#include "lifeline/actor/caf.hpp"
#include "lifeline/actor/wire.hpp"
#include "lifeline/guards/admission.hpp"
#include "lifeline/observe/loss.hpp"

namespace lifeline::guards {

/// To a gate: may a piece of work of `caller` begin? Ask within the context of the work: when that
/// ends, its place is free, whether `leave_gate` was said or not. Answered with `gate_answered`, at
/// once or when it is its turn.
struct enter_gate {
  std::string caller;
  std::uint64_t weight = 1;  ///< as `admission::arrive` has it
};
template <class Inspector>
auto inspect(Inspector& f, enter_gate& x) {
  return fields(f, "enter_gate", x, x.caller, x.weight);
}
struct gate_answered {
  std::uint64_t place = 0;   ///< to be named in `leave_gate`; 0 if it may not
  std::int32_t refused = 0;  ///< a `refusal`

  refusal why() const noexcept { return static_cast<refusal>(refused); }
};
template <class Inspector>
auto inspect(Inspector& f, gate_answered& x) {
  return fields(f, "gate_answered", x, x.place, x.refused);
}

/// To a gate, as a tell: the work is done, and its time is counted.
struct leave_gate {
  std::uint64_t place = 0;
};
template <class Inspector>
auto inspect(Inspector& f, leave_gate& x) {
  return fields(f, "leave_gate", x, x.place);
}

/// To a gate: how is it?
struct ask_gate {
  std::uint8_t unused = 0;
};
template <class Inspector>
auto inspect(Inspector& f, ask_gate& x) {
  return fields(f, "ask_gate", x, x.unused);
}
struct gate_status {
  std::uint64_t limit = 0;
  std::uint64_t under_way = 0;
  std::uint64_t waiting = 0;
  duration typical = duration::zero();  ///< what work takes on the median; zero if not yet known
};
template <class Inspector>
auto inspect(Inspector& f, gate_status& x) {
  return fields(f, "gate_status", x, x.limit, x.under_way, x.waiting, x.typical);
}

/// Spawns a gate: an actor around `admission`, which decides. Its life is tied to `life`, whose
/// clock it goes by; who waits when it ends hears `broken_promise`. `losses`, if given, outlives
/// it.
caf::actor spawn_admission_gate(caf::actor_system& system, const context& life,
                                const admission_options& options, loss* losses = nullptr);

}  // namespace lifeline::guards

#if LIFELINE_CAF_1
namespace lifeline::guards::detail {
struct work_over;
struct look_again;
}  // namespace lifeline::guards::detail
CAF_BEGIN_TYPE_ID_BLOCK(lifeline_admission,
                        ::lifeline::detail::first_type_id(::lifeline::detail::room::admission))
CAF_ADD_TYPE_ID(lifeline_admission, (lifeline::guards::enter_gate))
CAF_ADD_TYPE_ID(lifeline_admission, (lifeline::guards::gate_answered))
CAF_ADD_TYPE_ID(lifeline_admission, (lifeline::guards::leave_gate))
CAF_ADD_TYPE_ID(lifeline_admission, (lifeline::guards::ask_gate))
CAF_ADD_TYPE_ID(lifeline_admission, (lifeline::guards::gate_status))
CAF_ADD_TYPE_ID(lifeline_admission, (lifeline::guards::detail::work_over))
CAF_ADD_TYPE_ID(lifeline_admission, (lifeline::guards::detail::look_again))
CAF_END_TYPE_ID_BLOCK(lifeline_admission)
#endif
