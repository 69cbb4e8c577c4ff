#pragma once

#include "lifeline/actor/caf.hpp"

namespace lifeline {

struct actor_meter;

/// The behavior, with what it does counted in `meter`, which outlives the actor; null: nothing is.
/// Hand it over as the actor's first behavior:
///
///     return metered(self, meter, {[self](const poke& m) { … }});
///
/// With CAF 1.x, whose behaviors can't be wrapped so, nothing is counted.
caf::behavior metered(caf::scheduled_actor* self, actor_meter* meter, caf::behavior b);

}  // namespace lifeline
