#pragma once

#include <functional>
#include <mutex>
#include <string_view>

#include "bank/api/http/problem.hpp"
#include "bank/api/http/request_values.hpp"
#include "bank/api/observe/http_meters.hpp"
#include "bank/api/observe/traffic_window.hpp"
#include "bank/storage/request_store.hpp"
#include "lifeline/observe/ordered_notifier.hpp"
#include "lifeline/observe/trace.hpp"

namespace bank::api {

/// A finished request. Valid during the call only.
struct answered_request {
  const request& req;
  std::string_view request_id;
  const lifeline::trace_parent& trace;
  const route* at = nullptr;         ///< null: no route
  const identity* caller = nullptr;  ///< null: none, or unknown
  unsigned status = 0;
  std::string_view problem = {};  ///< its code
  std::string_view detail = {};   ///< of the problem, if it is the node's fault
  bool hung_up = false;
  lifeline::time_point began{};
  lifeline::time_point ended{};

  lifeline::duration took() const noexcept { return ended - began; }
  /// Is the answer the node's fault? A stop is not.
  bool is_fault() const noexcept {
    return status >= 500 && problem != to_string(code::shutting_down);
  }
};

struct request_watch_options {
  std::chrono::milliseconds slow{1'000};  ///< slower requests are logged as slow
  traffic_window::options alarm = {};
  bool keeps_rows = true;  ///< rows are stored
};

/// Called for every answered request: counts it, logs it, stores its row, ends its trace, and
/// raises an alarm when too many fail. Safe from any thread.
class request_watch {
 public:
  /// Called with a row to store; must not wait.
  using keep_row = std::function<void(storage::request_row)>;
  /// Called when the share of errors passes the limit, and when it is well below it again; calls
  /// are in order and never concurrent. Must be short and must not throw.
  using on_alarm = std::function<void(bool raised, const traffic& now)>;

  /// `traces`, which may be null, decides which traces are kept. All arguments outlive it.
  request_watch(lifeline::metrics& to, const request_watch_options& options, lifeline::clock& time,
                const lifeline::tracer* traces = nullptr, keep_row keep = nullptr,
                on_alarm alarm = nullptr);

  /// The request's place in its trace: the caller's, if `traceparent` is valid, else a new one.
  lifeline::trace_parent begin(const request& r) const noexcept;
  const lifeline::tracer* traces() const noexcept { return traces_; }

  void answered(const answered_request& r);
  traffic last_minute();
  bool alarmed();

 private:
  struct alarm_change {
    bool raised = false;
    traffic now{};
  };

  void count(const answered_request& r);
  void tell(std::unique_lock<std::mutex>& lock, traffic_window::change what);
  void log(const answered_request& r) const;
  void keep(const answered_request& r) const;
  void end_trace(const answered_request& r) const;
  bool is_slow(const answered_request& r) const noexcept { return r.took() > options_.slow; }

  http_meters meters_;
  const request_watch_options options_;
  lifeline::clock& time_;
  const lifeline::tracer* const traces_;
  const keep_row keep_;
  lifeline::ordered_notifier<alarm_change>::listener alarm_;
  std::mutex mutex_;
  traffic_window window_;
  lifeline::ordered_notifier<alarm_change> alarms_;
};

}  // namespace bank::api
