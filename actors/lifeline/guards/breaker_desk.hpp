#pragma once

#include <cstdint>

#include "lifeline/actor/caf.hpp"
#include "lifeline/actor/wire.hpp"
#include "lifeline/guards/circuit_breaker.hpp"
#include "lifeline/observe/loss.hpp"

namespace lifeline::guards {

/// To a breaker's desk: may a call be made? Answered with `permit_answered`. Ask it within the
/// context of the call: when that ends, the permit is over.
struct ask_permit {
  std::uint8_t unused = 0;
};
template <class Inspector>
auto inspect(Inspector& f, ask_permit& x) {
  return fields(f, "ask_permit", x, x.unused);
}
struct permit_answered {
  std::uint64_t permit = 0;  ///< to be named in `report_call`; 0 if there is none
  duration retry_after = duration::zero();
};
template <class Inspector>
auto inspect(Inspector& f, permit_answered& x) {
  return fields(f, "permit_answered", x, x.permit, x.retry_after);
}

/// To the desk, as a tell: what came of the call. Ignored if the permit is over.
struct report_call {
  std::uint64_t permit = 0;
  bool succeeded = true;
};
template <class Inspector>
auto inspect(Inspector& f, report_call& x) {
  return fields(f, "report_call", x, x.permit, x.succeeded);
}

/// To the desk: how is it? Answered with `circuit_status`. With `force`, a `circuit`, it becomes
/// that first; `broken_promise`, and nothing changes, if that is no circuit.
struct ask_circuit {
  std::int32_t force = -1;  ///< below zero: leave it
};
template <class Inspector>
auto inspect(Inspector& f, ask_circuit& x) {
  return fields(f, "ask_circuit", x, x.force);
}
struct circuit_status {
  std::int32_t state = 0;  ///< a `circuit`
  std::uint64_t successes = 0;
  std::uint64_t failures = 0;
  std::uint64_t probing = 0;
  duration retry_after = duration::zero();
};
template <class Inspector>
auto inspect(Inspector& f, circuit_status& x) {
  return fields(f, "circuit_status", x, x.state, x.successes, x.failures, x.probing, x.retry_after);
}

/// Spawns the desk of a breaker, for those who reach it by messages alone. Its life is tied to
/// `life`; permits that are open when it ends are lost. `losses`, if given, outlives it.
caf::actor spawn_breaker_desk(caf::actor_system& system, const context& life,
                              const circuit_breaker& breaker, loss* losses = nullptr);

}  // namespace lifeline::guards

#if LIFELINE_CAF_1
namespace lifeline::guards::detail {
struct permit_over;
}
CAF_BEGIN_TYPE_ID_BLOCK(lifeline_circuit_breaker, ::lifeline::detail::first_type_id(
                                                      ::lifeline::detail::room::circuit_breaker))
CAF_ADD_TYPE_ID(lifeline_circuit_breaker, (lifeline::guards::ask_permit))
CAF_ADD_TYPE_ID(lifeline_circuit_breaker, (lifeline::guards::permit_answered))
CAF_ADD_TYPE_ID(lifeline_circuit_breaker, (lifeline::guards::report_call))
CAF_ADD_TYPE_ID(lifeline_circuit_breaker, (lifeline::guards::ask_circuit))
CAF_ADD_TYPE_ID(lifeline_circuit_breaker, (lifeline::guards::circuit_status))
CAF_ADD_TYPE_ID(lifeline_circuit_breaker, (lifeline::guards::detail::permit_over))
CAF_END_TYPE_ID_BLOCK(lifeline_circuit_breaker)
#endif
