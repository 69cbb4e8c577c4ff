#include "driver/scenario/text_formats.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "lifeline/ledger/values/money.hpp"

namespace bank::driver {

namespace {

/// Parses a number without sign and exponent.
std::optional<double> parse_number(std::string_view text) {
  const auto is_part = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  if (text.empty() || text.front() == '.' || text.back() == '.') return std::nullopt;
  if (!std::all_of(text.begin(), text.end(), is_part) || text.size() > 15) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_name_part(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_name_part);
}

bool accepts_latency_bound(std::string_view t) {
  return parse_bound(t, bound_unit::milliseconds).has_value();
}
bool accepts_rate_bound(std::string_view t) {
  return parse_bound(t, bound_unit::per_second).has_value();
}
bool accepts_share_bound(std::string_view t) {
  return parse_bound(t, bound_unit::share).has_value();
}

}  // namespace

std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  struct unit {
    std::string_view name;
    double ns;
  };
  constexpr std::array units{unit{"us", 1e3}, unit{"ms", 1e6}, unit{"s", 1e9}, unit{"m", 60e9},
                             unit{"h", 3600e9}};
  const std::size_t digits = text.find_first_not_of("0123456789.");
  if (digits == std::string_view::npos) return std::nullopt;
  const auto value = parse_number(text.substr(0, digits));
  if (!value) return std::nullopt;
  for (const unit& u : units)
    if (u.name == text.substr(digits) && *value * u.ns <= 9e17)
      return std::chrono::nanoseconds(static_cast<std::int64_t>(*value * u.ns));
  return std::nullopt;
}

std::optional<double> parse_share(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  const auto percent = parse_number(text.substr(0, text.size() - 1));
  if (!percent || *percent > 100) return std::nullopt;
  return *percent / 100;
}

std::optional<bound> parse_bound(std::string_view text, bound_unit unit) {
  if (!text.starts_with("< ") && !text.starts_with("> ")) return std::nullopt;
  const bool below = text.front() == '<';
  text.remove_prefix(2);
  std::optional<double> value;
  switch (unit) {
    case bound_unit::milliseconds:
      if (const auto d = parse_duration(text)) value = static_cast<double>(d->count()) / 1e6;
      break;
    case bound_unit::per_second:
      if (text.ends_with("/s")) value = parse_number(text.substr(0, text.size() - 2));
      break;
    case bound_unit::share: value = parse_share(text); break;
  }
  return value ? std::optional(bound{below, *value}) : std::nullopt;
}

std::optional<moment> parse_moment(std::string_view text) {
  const std::string_view phase = text.substr(0, text.find('+'));
  if (!is_name(phase)) return std::nullopt;
  moment m{std::string(phase), {}};
  if (phase.size() == text.size()) return m;
  const auto after = parse_duration(text.substr(phase.size() + 1));
  if (!after) return std::nullopt;
  m.after = *after;
  return m;
}

bool is_currency(std::string_view text) {
  return lifeline::ledger::currency::parse(text).has_value();
}

#define NUMBER R"([0-9]+(\.[0-9]+)?)"
const json::text_format duration_format{
    "must be a duration such as \"5s\" or \"200ms\"", "^" NUMBER "(us|ms|s|m|h)$",
    [](std::string_view t) { return parse_duration(t).has_value(); }};
const json::text_format share_format{"must be a share such as \"40%\", from 0% to 100%",
                                     "^(100(\\.0+)?|[0-9]{1,2}(\\.[0-9]+)?)%$",
                                     [](std::string_view t) { return parse_share(t).has_value(); }};
const json::text_format name_format{"must consist of letters, digits, - and _", "^[A-Za-z0-9_-]+$",
                                    is_name};
const json::text_format moment_format{
    "must be a phase's name and a delay, such as \"hold+10s\"",
    "^[A-Za-z0-9_-]+(\\+" NUMBER "(us|ms|s|m|h))?$",
    [](std::string_view t) { return parse_moment(t).has_value(); }};
const json::text_format currency_format{"must be an ISO 4217 code such as \"CZK\"", "^[A-Z]{3}$",
                                        is_currency};
const json::text_format latency_bound_format{
    "must be a limit such as \"< 50ms\"", "^[<>] " NUMBER "(us|ms|s|m|h)$", accepts_latency_bound};
const json::text_format rate_bound_format{"must be a limit such as \"> 4000/s\"",
                                          "^[<>] " NUMBER "/s$", accepts_rate_bound};
const json::text_format share_bound_format{"must be a limit such as \"< 0.1%\"",
                                           "^[<>] (100(\\.0+)?|[0-9]{1,2}(\\.[0-9]+)?)%$",
                                           accepts_share_bound};
#undef NUMBER

}  // namespace bank::driver
