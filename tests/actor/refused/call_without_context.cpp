#include "lifeline/actor/blocking.hpp"

void refused(caf::event_based_actor* self, const lifeline::context& ctx,
             lifeline::blocking_door& door) {
  call_blocking(self, ctx, door, lifeline::lane::read, [] {
    return 1;
  }).then([](const int&) {}, [](lifeline::errc) {});
}
