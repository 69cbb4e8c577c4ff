#include "bank/api/http/times.hpp"

#include <chrono>

namespace bank::api {

namespace {

/// Takes characters off the front of a text. After the first wrong one, everything fails.
class reader {
 public:
  explicit reader(std::string_view text) noexcept : rest_(text) {}

  unsigned number(std::size_t digits) noexcept {
    unsigned value = 0;
    for (; digits > 0; --digits) value = value * 10 + digit();
    return value;
  }
  void expect(char c) noexcept {
    good_ = good_ && !rest_.empty() && rest_.front() == c;
    if (good_) rest_.remove_prefix(1);
  }
  /// `c` is a capital letter; its small form is accepted too.
  void expect_letter(char c) noexcept { expect(next_is(c) ? c : static_cast<char>(c + 'a' - 'A')); }
  bool next_is(char c) const noexcept { return good_ && !rest_.empty() && rest_.front() == c; }
  bool next_is_digit() const noexcept {
    return good_ && !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9';
  }
  unsigned digit() noexcept {
    good_ = next_is_digit();
    if (!good_) return 0;
    const auto value = static_cast<unsigned>(rest_.front() - '0');
    rest_.remove_prefix(1);
    return value;
  }
  bool ended_well() const noexcept { return good_ && rest_.empty(); }
  void fail() noexcept { good_ = false; }

 private:
  std::string_view rest_;
  bool good_ = true;
};

std::chrono::milliseconds fraction_of(reader& in) noexcept {
  if (!in.next_is('.')) return {};
  in.expect('.');
  unsigned ms = in.digit() * 100;
  for (const unsigned unit : {10U, 1U})
    if (in.next_is_digit()) ms += in.digit() * unit;
  while (in.next_is_digit()) in.digit();
  return std::chrono::milliseconds(ms);
}

std::chrono::minutes offset_of(reader& in) noexcept {
  const bool east = in.next_is('+');
  if (!east && !in.next_is('-')) {
    in.expect_letter('Z');
    return {};
  }
  in.expect(east ? '+' : '-');
  const unsigned hours = in.number(2);
  in.expect(':');
  const unsigned minutes = in.number(2);
  if (hours > 23 || minutes > 59) in.fail();
  const std::chrono::minutes offset(hours * 60 + minutes);
  return east ? offset : -offset;
}

constexpr std::chrono::sys_days first_day = std::chrono::year(0) / 1 / 1;
constexpr std::chrono::sys_days end_of_days = std::chrono::year(10'000) / 1 / 1;

/// A leap second is the last second of a month, in UTC.
bool begins_a_month(std::chrono::sys_seconds t) noexcept {
  const auto day = std::chrono::floor<std::chrono::days>(t);
  return t == day && std::chrono::year_month_day(day).day() == std::chrono::day(1);
}

}  // namespace

std::optional<lifeline::wall_time> parse_time(std::string_view text) noexcept {
  namespace chr = std::chrono;
  reader in(text);
  const auto year = static_cast<int>(in.number(4));
  in.expect('-');
  const unsigned month = in.number(2);
  in.expect('-');
  const unsigned day = in.number(2);
  in.expect_letter('T');
  const unsigned hour = in.number(2);
  in.expect(':');
  const unsigned minute = in.number(2);
  in.expect(':');
  const unsigned second = in.number(2);
  const chr::milliseconds fraction = fraction_of(in);
  const chr::minutes offset = offset_of(in);
  const chr::year_month_day date{chr::year(year), chr::month(month), chr::day(day)};
  if (!in.ended_well() || !date.ok() || hour > 23 || minute > 59 || second > 60)
    return std::nullopt;
  const chr::sys_seconds at =
      chr::sys_days(date) + chr::hours(hour) + chr::minutes(minute) + chr::seconds(second) - offset;
  if (at < first_day || at >= end_of_days || (second == 60 && !begins_a_month(at)))
    return std::nullopt;
  return at + fraction;
}

}  // namespace bank::api
