#include "bank/api/observe/request_watch.hpp"

#include <algorithm>
#include <optional>

#include "bank/api/server/request_log.hpp"

namespace bank::api {

using lifeline::span_record;

namespace {

/// The start of a path that is kept, in characters that every store accepts.
std::string path_of(const request& r) {
  constexpr std::size_t most = 512;
  std::string path = r.path.substr(0, most);
  std::ranges::replace_if(
      path, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return path;
}

std::string_view route_of(const answered_request& r) noexcept {
  return r.at != nullptr ? r.at->pattern : std::string_view("unmatched");
}

/// The caller's span is this one's parent.
std::optional<lifeline::trace_parent> caller_of(const request& r) noexcept {
  return r.traceparent ? lifeline::parse_traceparent(*r.traceparent) : std::nullopt;
}

}  // namespace

request_watch::request_watch(lifeline::metrics& to, const request_watch_options& options,
                             lifeline::clock& time, const lifeline::tracer* traces, keep_row keep,
                             on_alarm alarm)
    : meters_(to),
      options_(options),
      time_(time),
      traces_(traces),
      keep_(std::move(keep)),
      window_(options.alarm, time.now()) {
  if (alarm) alarm_ = [f = std::move(alarm)](const alarm_change& c) { f(c.raised, c.now); };
}

/// Without a tracer, log and answer still contain the caller's trace.
lifeline::trace_parent request_watch::begin(const request& r) const noexcept {
  const auto caller = caller_of(r);
  if (traces_ != nullptr) return traces_->begin(caller ? &*caller : nullptr);
  lifeline::trace_parent p;
  if (!caller) return p;
  p.trace = caller->trace;
  p.span = lifeline::new_span_id();
  return p;
}

void request_watch::answered(const answered_request& r) {
  count(r);
  log(r);
  if (keep_ && options_.keeps_rows) keep(r);
  if (traces_ != nullptr) end_trace(r);
}

void request_watch::count(const answered_request& r) {
  meters_.answered(r.at, r.status, r.took());
  std::unique_lock lock(mutex_);
  tell(lock, window_.add(r.ended, r.took(), r.is_fault()));
}

void request_watch::tell(std::unique_lock<std::mutex>& lock, traffic_window::change what) {
  if (what == traffic_window::change::none) return;
  alarms_.notify(lock, {what == traffic_window::change::raised, window_.read(time_.now())}, alarm_);
}

void request_watch::log(const answered_request& r) const {
  if (wants_log(r, is_slow(r))) log_request(r, is_slow(r));
}

void request_watch::keep(const answered_request& r) const {
  storage::request_row row;
  row.at = time_.wall_now();
  row.request_id = r.request_id;
  if (r.trace.trace != lifeline::trace_id{}) row.trace_id = lifeline::to_hex(r.trace.trace);
  row.method = name_of(r.req.method);
  row.route = route_of(r);
  row.path = path_of(r.req);
  if (r.caller != nullptr) row.caller = r.caller->name;
  row.status = r.status;
  row.took_us = std::chrono::duration_cast<std::chrono::microseconds>(r.took()).count();
  row.code = r.problem;
  row.detail = r.detail;
  keep_(std::move(row));
}

/// Errors and slow requests are exported even if the trace was not sampled; then without child
/// spans.
void request_watch::end_trace(const answered_request& r) const {
  if (!r.trace.sampled && !r.is_fault() && !is_slow(r)) return;
  span_record s;
  s.at = r.trace;
  if (const auto caller = caller_of(r.req)) s.parent = caller->span;
  s.name.append(name_of(r.req.method)).append(" ").append(route_of(r));
  s.kind = lifeline::span_kind::server;
  s.start_unix_ns = traces_->unix_ns(r.began);
  s.took = r.took();
  s.failed = r.is_fault();
  const auto add = [&](const char* name, span_record::value v) {
    s.attributes.emplace_back(name, std::move(v));
  };
  add("http.request.method", std::string(name_of(r.req.method)));
  add("url.path", path_of(r.req));
  add("http.route", std::string(route_of(r)));
  add("http.response.status_code", std::int64_t{r.status});
  add("request_id", std::string(r.request_id));
  if (r.caller != nullptr) add("enduser.id", r.caller->name);
  if (!r.problem.empty()) add("error.type", std::string(r.problem));
  if (r.at != nullptr && r.at->pattern.starts_with("/v1/accounts/{id}"))
    add("account_id", r.req.path.substr(13, 36));
  traces_->take(std::move(s));
}

traffic request_watch::last_minute() {
  const std::lock_guard lock(mutex_);
  return window_.read(time_.now());
}

bool request_watch::alarmed() {
  std::unique_lock lock(mutex_);
  const auto changed = window_.look(time_.now());
  const bool is = window_.alarmed();
  tell(lock, changed);
  return is;
}

}  // namespace bank::api
