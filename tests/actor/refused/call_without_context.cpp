#include "lifeline/actor/blocking.hpp"

void refused(caf::event_based_actor* self, const lifeline::context& ctx,
             lifeline::blocking_door& door) {
  (void)call_blocking(self, ctx, door, lifeline::lane::read, [] { return 1; });
}
