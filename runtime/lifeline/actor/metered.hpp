#pragma once

#include "lifeline/actor/caf.hpp"

namespace lifeline {

struct actor_meter;

/// The behavior `b` with its messages counted in `meter`, which must outlive the actor; null: no
/// counting. Return it as the actor's first behavior:
///
///     return metered(self, meter, {[self](const poke& m) { … }});
///
/// CAF 1.x behaviors can't be wrapped this way; there nothing is counted.
caf::behavior metered(caf::scheduled_actor* self, actor_meter* meter, caf::behavior b);

}  // namespace lifeline
