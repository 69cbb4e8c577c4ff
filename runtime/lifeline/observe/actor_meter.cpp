#include "lifeline/observe/actor_meter.hpp"

namespace lifeline {

actor_meter::actor_meter(metrics& to, const std::string& kind, clock& measured_by)
    : time(measured_by),
      messages(to.make_counter("lifeline_actor_messages_total", "Messages handled by actors.",
                               {{"kind", kind}})),
      handler_time(to.make_histogram(
          "lifeline_actor_handler_duration_seconds",
          "Duration of message handlers in seconds, measured for one message in 16.",
          histogram_buckets::short_times(), {{"kind", kind}})),
      depth(to.make_histogram(
          "lifeline_actor_mailbox_depth",
          "Messages in the mailbox behind the current one, counted for one message in 16.",
          histogram_buckets::sizes(), {{"kind", kind}})) {}

}  // namespace lifeline
