#include "bank/node/logging.hpp"

#include <chrono>
#include <thread>

#include <spdlog/async.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "bank/node/json_log.hpp"

namespace bank::node {
namespace {

constexpr std::size_t queued_lines = 8'192;
constexpr const char* line_pattern = "%Y-%m-%dT%H:%M:%S.%eZ %l %v";

std::shared_ptr<spdlog::sinks::sink> standard_error(const std::string& format) {
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  if (format == "json") {
    sink->set_formatter(json_log_formatter());
  } else {
    sink->set_formatter(
        std::make_unique<spdlog::pattern_formatter>(line_pattern, spdlog::pattern_time_type::utc));
  }
  return sink;
}

}  // namespace

program_log::program_log(const std::string& level, const std::string& format)
    : writer_(std::make_shared<spdlog::details::thread_pool>(queued_lines, 1)) {
  const auto sink = standard_error(format);
  direct_ = std::make_shared<spdlog::logger>("direct", sink);
  queued_ = std::make_shared<spdlog::async_logger>("node", sink, writer_,
                                                   spdlog::async_overflow_policy::overrun_oldest);
  for (const auto& logger : {direct_, queued_}) logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(queued_);
}

std::uint64_t program_log::dropped() const { return writer_->overrun_counter(); }

program_log::~program_log() {
  const auto lost = dropped();
  spdlog::set_default_logger(direct_);
  writer_.reset();
  if (lost > 0) direct_->warn("the log was too slow: {} lines were dropped", lost);
}

void program_log::write_last(std::string_view line) noexcept {
  try {
    for (int waited = 0; writer_->queue_size() > 0 && waited < 100; ++waited)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    direct_->error("{}", line);
  } catch (...) {  // the process ends anyway
  }
}

}  // namespace bank::node
