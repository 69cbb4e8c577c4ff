#include "bank/api/observe/log.hpp"

#include <spdlog/spdlog.h>

namespace bank::log {

namespace {

spdlog::level::level_enum spdlogs(level l) noexcept {
  switch (l) {
    case level::debug: return spdlog::level::debug;
    case level::info: return spdlog::level::info;
    case level::warn: return spdlog::level::warn;
    case level::error: break;
  }
  return spdlog::level::err;
}

}  // namespace

bool shows(level l) noexcept { return spdlog::default_logger_raw()->should_log(spdlogs(l)); }

void write(level l, fmt::string_view words, fmt::format_args values) noexcept {
  if (!shows(l)) return;
  try {
    spdlog::default_logger_raw()->log(spdlogs(l),
                                      spdlog::string_view_t(fmt::vformat(words, values)));
  } catch (const std::exception&) {  // no memory for the line: what is logged goes on
  }
}

}  // namespace bank::log
