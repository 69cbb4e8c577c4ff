#include "bank/api/server/request_log.hpp"

#include <spdlog/spdlog.h>

#include "bank/api/observe/request_watch.hpp"
#include "bank/api/server/exchange.hpp"

namespace bank::api {

namespace {

spdlog::level::level_enum level_of(unsigned status, bool is_slow) noexcept {
  return status >= 500 || is_slow ? spdlog::level::warn : spdlog::level::debug;
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

bool wants_log(unsigned status, bool is_slow) noexcept {
  return spdlog::default_logger_raw()->should_log(level_of(status, is_slow));
}

/// The request's id stands last: the client chose it, and can say nothing behind it that counts.
void log_request(const answered_request& r, bool is_slow) {
  const bool is_traced = r.trace.trace != lifeline::trace_id{};
  spdlog::default_logger_raw()->log(
      level_of(r.status, is_slow), "{} {} {} status={} caller={} us={}{}{}{} request_id={}",
      is_slow ? "slow request" : "request", name_of(r.req.method), or_dash(r.req.path), r.status,
      r.caller == nullptr ? std::string_view("-") : std::string_view(r.caller->name),
      std::chrono::duration_cast<std::chrono::microseconds>(r.took()).count(),
      r.hung_up ? " hung_up=true" : "", is_traced ? " trace_id=" : "",
      is_traced ? lifeline::to_hex(r.trace.trace) : std::string(), r.request_id);
}

std::string name_of(const exchange& x) {
  std::string name(name_of(x.req.method));
  name.append(" ").append(x.req.path).append(" request_id=").append(x.request_id);
  return name;
}

}  // namespace bank::api
