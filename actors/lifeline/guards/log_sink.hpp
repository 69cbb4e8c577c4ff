#pragma once

#include <functional>
#include <memory>
#include <string>

#include "lifeline/actor/blocking.hpp"
#include "lifeline/actor/message.hpp"
#include "lifeline/actor/metered.hpp"
#include "lifeline/guards/log_backlog.hpp"
#include "lifeline/guards/log_pace.hpp"

namespace lifeline::guards {

struct log_sink_options {
  log_pace_options pace{};
  duration write_limit = std::chrono::seconds(5);  ///< time limit of one batch
  /// Called once when rows begin to be dropped, and once when that is over; on the sink's thread.
  std::function<void(bool trouble, const std::string& words)> on_change = nullptr;
};

/// Spawns a log sink: an actor that writes the rows of `backlog`, batch by batch, in the lane
/// `log`. Submitting never waits: if the queue is full, or rows can't be written, they are dropped
/// and counted. `log_pace` decides when to write. Told to exit, it writes the waiting rows first.
/// `meter`, if given, must outlive it.
///
///     auto rows = std::make_shared<log_queue<row>>(1'000, write_rows);
///     spec.ref = rows->sink();
///     spec.start = [&](const incarnation& me) {
///       return spawn_log_sink(rt.system(), rt.background(), rt.blocking(), rows);
///     };
///     …
///     rows->submit({…});  // on any thread
caf::actor spawn_log_sink(caf::actor_system& system, const context& root, blocking_door& door,
                          std::shared_ptr<log_backlog> backlog, log_sink_options options = {},
                          actor_meter* meter = nullptr);

namespace detail {
struct rows_wait {
  std::uint8_t unused = 0;
};
LIFELINE_MESSAGE(rows_wait);
/// Timer → sink.
struct pause_over {
  std::uint64_t number = 0;
};
LIFELINE_MESSAGE(pause_over);
/// Lane → sink.
struct rows_written {
  duration took = duration::zero();
  std::string why;  ///< empty: written
};
LIFELINE_MESSAGE(rows_written);
}  // namespace detail

}  // namespace lifeline::guards

#if LIFELINE_CAF_1
CAF_BEGIN_TYPE_ID_BLOCK(lifeline_log_sink,
                        ::lifeline::detail::first_type_id(::lifeline::detail::room::log_sink))
CAF_ADD_TYPE_ID(lifeline_log_sink, (lifeline::guards::detail::rows_wait))
CAF_ADD_TYPE_ID(lifeline_log_sink, (lifeline::guards::detail::pause_over))
CAF_ADD_TYPE_ID(lifeline_log_sink, (lifeline::guards::detail::rows_written))
CAF_END_TYPE_ID_BLOCK(lifeline_log_sink)
#endif
