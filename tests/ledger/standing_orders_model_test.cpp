#include <array>
#include <map>
#include <random>

#include "ledger/orders_fixture.hpp"
#include "random_seed.hpp"

namespace lifeline::ledger::testing {
namespace {

using namespace std::chrono;

/// A naive model of a standing order: day by day, with a calendar.
struct clerks_order {
  standing_schedule schedule;
  /// Number of occurrences; unknown after a round with faults until the next good one.
  std::optional<std::uint64_t> made = 0;
  bool deleted = false;

  bool falls_on(sys_days day) const {
    const sys_days first = floor<days>(schedule.first_at);
    const year_month_day today(day);
    const year_month_day start(first);
    switch (schedule.every) {
      case interval::day: return true;
      case interval::week: return (day - first) % weeks(1) == days(0);
      case interval::month: break;
    }
    const bool month_ends = year_month_day(day + days(1)).day() == std::chrono::day(1);
    return today.day() == start.day() || (month_ends && today.day() < start.day());
  }
  std::vector<wall_time> due_by(wall_time now) const {
    std::vector<wall_time> all;
    const sys_days first = floor<days>(schedule.first_at);
    const auto time_of_day = schedule.first_at - first;
    for (sys_days d = first; d + time_of_day <= now; d += days(1)) {
      if (schedule.last_at && d + time_of_day > *schedule.last_at) break;
      if (falls_on(d)) all.push_back(d + time_of_day);
    }
    return all;
  }
};

class standing_orders_model : public orders_fixture {
 protected:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }

  void open_one() {
    const std::string name = "order " + std::to_string(clerk_.size());
    standing_order o = daily(name);
    o.amount.minor = static_cast<std::int64_t>(below(40) + 1);
    o.schedule.every = static_cast<interval>(below(3));
    o.schedule.first_at += milliseconds(static_cast<std::int64_t>(below(40 * 86'400'000ULL)));
    if (below(3) == 0) o.schedule.last_at = o.schedule.first_at + days(below(200));
    ASSERT_FALSE(stand(o).refused);
    clerk_[name].schedule = o.schedule;
  }
  void delete_one() {
    if (clerk_.empty()) return;
    auto it = clerk_.begin();
    std::advance(it, static_cast<std::ptrdiff_t>(below(clerk_.size())));
    ASSERT_FALSE(erase(it->first).refused);
    clerks_order& o = it->second;
    if (!o.made) o.made = kept(it->first).made;
    o.deleted = true;
  }
  /// Executes all that is due, as the ticker would.
  void good_round() {
    for (bool more = true; more;) {
      more = false;
      for (const auto& a : advance_all_due()) {
        ASSERT_FALSE(a.refused) << a.refused->detail;
        more = true;
      }
    }
    for (auto& [name, o] : clerk_)
      if (!o.deleted) o.made = o.due_by(clock_.wall_now()).size();
  }
  void round_with_trouble() {
    store_.fail_next_commit(below(2) == 0 ? commit_fault::unavailable
                                          : commit_fault::unknown_but_stored);
    advance_all_due();
    store_.heal();
    while (!books_->healthy()) clock_.advance(milliseconds(250));
    for (auto& [name, o] : clerk_)
      if (!o.deleted) o.made.reset();
  }
  void jump() {
    static constexpr std::array<hours, 5> spans{hours(1), hours(24), hours(24 * 9), hours(24 * 31),
                                                hours(24 * 70)};
    clock_.advance(spans[below(spans.size())] + minutes(below(600)));
  }
  void step() {
    switch (below(12)) {
      case 0: return open_one();
      case 1: return below(3) == 0 ? delete_one() : jump();
      case 2: return restart();
      case 3: return round_with_trouble();
      case 4:
      case 5: static_cast<void>(execute_all_due()); return;
      case 6:
      case 7: return jump();
      default: return good_round();
    }
  }

  void expect_each_time_once() {
    std::uint64_t all = 0;
    for (const auto& [name, o] : clerk_) {
      const auto due = o.due_by(clock_.wall_now());
      const auto made = occurrences(name);
      ASSERT_EQ(made.size(), *o.made) << name;
      ASSERT_LE(made.size(), due.size()) << name;
      for (std::size_t i = 0; i < made.size(); ++i) ASSERT_EQ(made[i].execute_at, due[i]) << name;
      EXPECT_EQ(kept(name).made, made.size());
      EXPECT_EQ(status_of(kept(name)) == order_status::deleted,
                o.deleted && kept(name).deleted_at.has_value());
      all += made.size();
    }
    EXPECT_EQ(transfers_of_orders(), all) << "and no others";
  }

  std::mt19937_64 random_{lifeline::testing::random_seed()};
  std::map<std::string, clerks_order> clerk_;
};

TEST_F(standing_orders_model, meet_every_due_time_once) {
  // From the end of January, where the lengths of months differ most.
  clock_.advance(sys_days(year(2027) / January / 31) + hours(3) - clock_.wall_now());
  for (int i = 0; i < 6; ++i) open_one();
  for (int i = 0; i < 120; ++i) {
    step();
    if (HasFatalFailure()) return;
  }
  good_round();
  expect_each_time_once();
  execute_all_due();
  while (!execute_all_due().empty()) {
  }
  expect_sums_of_zero();
}

}  // namespace
}  // namespace lifeline::ledger::testing
