#include "bank/api/http/times.hpp"

#include <chrono>

namespace bank::api {

namespace {

/// Takes characters off the front of a text; once one is wrong, nothing more is right.
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

unsigned milliseconds_of(reader& in) noexcept {
  if (!in.next_is('.')) return 0;
  in.expect('.');
  unsigned ms = 0;
  unsigned digits = 0;
  for (; in.next_is_digit(); ++digits) {
    const unsigned d = in.digit();
    if (digits < 3) ms = ms * 10 + d;
  }
  if (digits < 1 || digits > 9) in.fail();
  for (; digits < 3; ++digits) ms *= 10;
  return ms;
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
  in.expect('T');
  const unsigned hour = in.number(2);
  in.expect(':');
  const unsigned minute = in.number(2);
  in.expect(':');
  const unsigned second = in.number(2);
  const unsigned ms = milliseconds_of(in);
  in.expect('Z');
  const chr::year_month_day date{chr::year(year), chr::month(month), chr::day(day)};
  if (!in.ended_well() || !date.ok() || hour > 23 || minute > 59 || second > 59)
    return std::nullopt;
  return lifeline::wall_time(chr::sys_days(date).time_since_epoch() + chr::hours(hour) +
                             chr::minutes(minute) + chr::seconds(second) + chr::milliseconds(ms));
}

}  // namespace bank::api
