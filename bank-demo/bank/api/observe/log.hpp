#pragma once

#include <fmt/core.h>

#include <cstdint>

/// The program's log: spdlog's default logger. Its headers and the formatting of values are
/// compiled once, in the source. Safe from any thread; never throws.
namespace bank::log {

enum class level : std::uint8_t { debug, info, warn, error };

/// Whether lines of this level are written.
bool shows(level l) noexcept;

void write(level l, fmt::string_view words, fmt::format_args values) noexcept;

template <class... Values>
void at(level l, fmt::format_string<Values...> words, Values&&... values) {
  write(l, words, fmt::make_format_args(values...));
}
template <class... Values>
void debug(fmt::format_string<Values...> words, Values&&... values) {
  write(level::debug, words, fmt::make_format_args(values...));
}
template <class... Values>
void info(fmt::format_string<Values...> words, Values&&... values) {
  write(level::info, words, fmt::make_format_args(values...));
}
template <class... Values>
void warn(fmt::format_string<Values...> words, Values&&... values) {
  write(level::warn, words, fmt::make_format_args(values...));
}
template <class... Values>
void error(fmt::format_string<Values...> words, Values&&... values) {
  write(level::error, words, fmt::make_format_args(values...));
}

}  // namespace bank::log
