#include "bank/api/server/request_log.hpp"

#include <spdlog/spdlog.h>

#include "bank/api/server/exchange.hpp"

namespace bank::api {

namespace {

spdlog::level::level_enum level_of(unsigned status) noexcept {
  return status >= 500 ? spdlog::level::warn : spdlog::level::debug;
}

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

}  // namespace

bool wants_log(unsigned status) noexcept {
  return spdlog::default_logger_raw()->should_log(level_of(status));
}

void log_request(const request& r, std::string_view request_id, const identity* caller,
                 unsigned status, lifeline::duration took, bool hung_up) {
  spdlog::default_logger_raw()->log(
      level_of(status), "request {} {} status={} caller={} us={} request_id={}{}",
      name_of(r.method), r.path.empty() ? std::string_view("-") : std::string_view(r.path), status,
      caller == nullptr ? std::string_view("-") : std::string_view(caller->name),
      std::chrono::duration_cast<std::chrono::microseconds>(took).count(), request_id,
      hung_up ? " hung_up=true" : "");
}

std::string name_of(const exchange& x) {
  std::string name(name_of(x.req.method));
  name.append(" ").append(x.req.path).append(" request_id=").append(x.request_id);
  return name;
}

}  // namespace bank::api
