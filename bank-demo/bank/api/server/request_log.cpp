#include "bank/api/server/request_log.hpp"

#include "bank/api/observe/log.hpp"
#include "bank/api/observe/request_watch.hpp"
#include "bank/api/server/request_context.hpp"

namespace bank::api {

namespace {

log::level level_of(const answered_request& r, bool is_slow) noexcept {
  return r.is_fault() || is_slow ? log::level::warn : log::level::debug;
}

std::string_view or_dash(std::string_view text) noexcept { return text.empty() ? "-" : text; }

}  // namespace

std::string_view name_of(method m) noexcept {
  switch (m) {
    case method::get: return "GET";
    case method::head: return "HEAD";
    case method::post: return "POST";
    case method::patch: return "PATCH";
    case method::del: return "DELETE";
    case method::other: break;
  }
  return "-";
}

bool wants_log(const answered_request& r, bool is_slow) noexcept {
  return log::shows(level_of(r, is_slow));
}

std::string log_fields(const lifeline::trace_parent& trace, std::string_view request_id) {
  std::string fields;
  if (trace.trace != lifeline::trace_id{})
    fields.append(" trace_id=").append(lifeline::to_hex(trace.trace));
  fields.append(" request_id=").append(request_id);
  return fields;
}

std::string log_fields(const request_context& x) {
  return log_fields(x.traced_as != nullptr ? *x.traced_as : lifeline::trace_parent{}, x.request_id);
}

void log_request(const answered_request& r, bool is_slow) {
  log::at(level_of(r, is_slow), "{} {} {} status={} caller={} us={}{}{}",
          is_slow ? "slow request" : "request", name_of(r.req.method), or_dash(r.req.path),
          r.status, r.caller == nullptr ? std::string_view("-") : std::string_view(r.caller->name),
          std::chrono::duration_cast<std::chrono::microseconds>(r.took()).count(),
          r.hung_up ? " hung_up=true" : "", log_fields(r.trace, r.request_id));
}

std::string name_of(const request_context& x) {
  std::string name(name_of(x.req.method));
  name.append(" ").append(x.req.path).append(" request_id=").append(x.request_id);
  return name;
}

}  // namespace bank::api
