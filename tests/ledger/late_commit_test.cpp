#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <random>

#include "ledger/books_fixture.hpp"
#include "lifeline/bus/event_bus.hpp"
#include "lifeline/ledger/ledger_events.hpp"
#include "lifeline/observe/metrics.hpp"
#include "random_seed.hpp"

// A commit may answer long after the journal has resolved it under a new epoch, in which numbers
// restart.

namespace lifeline::ledger::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A store whose commits are applied and answered by hand.
class held_store final : public bank::storage::memory_ledger_store {
 public:
  struct call {
    explicit call(const batch& asked) : b(asked) {}
    batch b;
    std::optional<commit_result> applied;
    std::optional<commit_result> answer;
  };
  using call_ptr = std::shared_ptr<call>;

  commit_result commit(const batch& b) override {
    std::unique_lock lock(mutex_);
    if (!holding_) return memory_ledger_store::commit(b);
    const auto c = std::make_shared<call>(b);
    begun_.push_back(c);
    changed_.notify_all();
    changed_.wait(lock, [&] { return c->answer || !holding_; });
    if (!c->answer) apply(*c);
    return c->answer.value_or(*c->applied);
  }
  result<std::uint64_t> fence(const context& ctx) override {
    auto epoch = memory_ledger_store::fence(ctx);
    ++(epoch ? fences_ : failed_fences_);
    return epoch;
  }

  void hold() {
    const std::lock_guard lock(mutex_);
    holding_ = true;
  }
  void let_all_go() {
    const std::lock_guard lock(mutex_);
    holding_ = false;
    changed_.notify_all();
  }
  call_ptr next_commit() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !begun_.empty(); });
    auto next = begun_.front();
    begun_.pop_front();
    return next;
  }
  /// Applies it once; fenced off if its epoch is old.
  void apply(call& c) {
    if (!c.applied) c.applied = memory_ledger_store::commit(c.b);
  }
  void answer(call& c, commit_result with) {
    const std::lock_guard lock(mutex_);
    c.answer = std::move(with);
    changed_.notify_all();
  }
  int fences() const { return fences_; }
  int failed_fences() const { return failed_fences_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<call_ptr> begun_;
  bool holding_ = false;
  std::atomic<int> fences_{0};
  std::atomic<int> failed_fences_{0};
};

class late_commit : public books_fixture {
 protected:
  using call_ptr = held_store::call_ptr;
  static constexpr std::size_t most_late = 24;

  late_commit()
      : books_fixture(small(), with_commit_threads(most_late + 2), std::make_unique<held_store>()) {
    options_.measures = &metrics_;
    options_.events = bus_.topic("ledger", {.window = 100'000});
    restart();
    open_with("rich", 1'000'000);
    open_with("sink", 0);
    for (int i = 0; i < 4; ++i) open_with(poor(i), 1'000);
    held_.hold();
  }
  ~late_commit() override {
    held_.let_all_go();
    books_.reset();
  }

  static runtime_options with_commit_threads(std::size_t n) {
    runtime_options o{.workers = 2};
    o.lanes[static_cast<std::size_t>(lane::commit)].threads = n;
    return o;
  }
  static std::string poor(std::uint64_t n) { return "poor " + std::to_string(n); }

  std::uint64_t late() const {
    return static_cast<std::uint64_t>(
        metrics_.sum_of("bank_ledger_late_answers_total", {{"actor", "journal"}}));
  }
  /// The commit answers at last; the journal drops and counts the answer.
  void answer_late(held_store::call& c, commit_result with) {
    const std::uint64_t before = late();
    held_.answer(c, std::move(with));
    for (int i = 0; late() == before && i < 5'000; ++i)
      std::this_thread::sleep_for(milliseconds(1));
    EXPECT_EQ(late(), before + 1) << "a late answer was taken for another's";
  }
  /// The running commit exceeds its time, and the journal resolves it.
  void find_out() {
    const int before = held_.fences();
    clock_.advance(options_.commit_timeout + seconds(1));
    while (held_.fences() == before || !books_->healthy()) std::this_thread::yield();
  }
  /// The same with a store that can't tell: waiting requests get "unknown".
  void stay_in_doubt() {
    const int before = held_.failed_fences();
    store_.fail_fences();
    clock_.advance(options_.commit_timeout + seconds(1));
    while (held_.failed_fences() == before) std::this_thread::yield();
  }
  void end_doubt() {
    store_.fail_fences(0);
    while (!books_->healthy()) {
      clock_.advance(milliseconds(250));
      std::this_thread::yield();
    }
  }

  std::future<transfer_answer>& move(const std::string& from, std::int64_t minor) {
    const std::string name = "t" + std::to_string(asked_.size());
    asked_.push_back(transfer_of(name, account(from), account("sink"), minor));
    answers_.push_back(submit_later(of(asked_.back())));
    return answers_.back();
  }
  static bool is_ready(const std::future<transfer_answer>& f) {
    return f.wait_for(seconds(0)) == std::future_status::ready;
  }

  /// Answers match the stored data, accounts match the store, and each entry was published once, in
  /// order.
  void expect_truth() {
    held_.let_all_go();
    heal();
    for (std::size_t i = 0; i < answers_.size(); ++i) {
      const transfer_answer a = answers_[i].get();
      const bool stored = store_.find_transfer(rt_.background(), asked_[i].id)->has_value();
      if (!a.refused) {
        EXPECT_TRUE(stored) << asked_[i].id.str() << " was acknowledged and is lost";
      } else if (a.refused->known == outcome::none) {
        EXPECT_FALSE(stored) << asked_[i].id.str() << " was said not to be, and is";
      }
    }
    EXPECT_FALSE(lost_);
    expect_sums_of_zero();
    expect_entries_without_gaps();
    expect_accounts_as_in_the_books();
    EXPECT_EQ(options_.events.last_sequence(), *store_.last_sequence(rt_.background()));
    expect_all_told();
  }
  void expect_accounts_as_in_the_books() {
    int n = 0;
    for (const std::string name : {"rich", "sink", "poor 0", "poor 1", "poor 2", "poor 3"}) {
      const std::int64_t balance = stored(name);
      const auto spend = [&](std::int64_t minor) {
        return transfer_of("spend " + std::to_string(++n) + name, account(name), world_account(usd),
                           minor);
      };
      EXPECT_EQ(code(submit(spend(balance + 1)).refused), errc::insufficient_funds) << name;
      if (balance != 0) {
        EXPECT_FALSE(submit(spend(balance)).refused) << name << " still has a reservation";
      }
    }
  }
  void expect_all_told() {
    std::vector<ledger_event> told;
    auto place = bus_.subscribe(rt_.background(), {.from_the_oldest = true});
    for (auto items = place.read(1'000); !items.empty(); items = place.read(1'000))
      for (const bus_item& item : items)
        told.push_back(*std::get<event_ptr>(item)->as<ledger_event>());
    EXPECT_EQ(told, events_behind(store_, rt_.background(), 0).value());
  }

  metrics metrics_;
  event_bus bus_{rt_.system()};
  held_store& held_ = static_cast<held_store&>(store_);
  std::vector<transfer_record> asked_;
  std::deque<std::future<transfer_answer>> answers_;
};

/// Numbers restart under a new epoch, so the id of the batch before has the same number.
TEST_F(late_commit, ends_no_later_batch_whatever_and_whenever_it_answers) {
  const std::vector<commit_result> words{
      committed_batch{wall_time(), {{entry_outcome::committed, 999}}},
      committed_batch{wall_time(), {{entry_outcome::duplicate_id, 0}}},
      commit_error::fenced,
      commit_error::unavailable,
      commit_error::violated,
      commit_error::unknown};
  for (const commit_result& word : words) {
    enum class when { idle, committing, applied, in_doubt };
    for (const when at : {when::idle, when::committing, when::applied, when::in_doubt}) {
      SCOPED_TRACE("word " + std::to_string(&word - words.data()) + ", point " +
                   std::to_string(static_cast<int>(at)));
      auto& first = move("rich", 1);
      const call_ptr late = held_.next_commit();
      find_out();
      EXPECT_EQ(first.wait_for(seconds(60)), std::future_status::ready);
      if (at == when::idle) answer_late(*late, word);

      auto& second = move("rich", 2);
      const call_ptr next = held_.next_commit();
      EXPECT_EQ(next->b.id, (batch_id{late->b.id.epoch + 1, 1}));
      if (at == when::committing) answer_late(*late, word);
      held_.apply(*next);
      if (at == when::applied) answer_late(*late, word);
      if (at == when::in_doubt) {
        stay_in_doubt();
        answer_late(*late, word);
        end_doubt();
        answer_late(*next, *next->applied);
        EXPECT_EQ(second.wait_for(seconds(60)), std::future_status::ready);
        move("rich", 3);
        const call_ptr third = held_.next_commit();
        held_.apply(*third);
        held_.answer(*third, *third->applied);
        EXPECT_EQ(answers_.back().wait_for(seconds(60)), std::future_status::ready);
      } else {
        EXPECT_FALSE(is_ready(second)) << "its own commit has not answered";
        held_.answer(*next, *next->applied);
        EXPECT_EQ(second.wait_for(seconds(60)), std::future_status::ready);
      }
      if (HasFailure()) return;
      // Batches of one epoch, so that the next round's is number 1 again.
      move("rich", 4);
      const call_ptr last = held_.next_commit();
      find_out();
      answer_late(*last, commit_error::fenced);
    }
  }
  expect_truth();
}

/// The commit was stored, the fence followed, and its own answer comes last.
TEST_F(late_commit, that_was_stored_is_answered_once) {
  auto& first = move("rich", 10);
  const call_ptr late = held_.next_commit();
  held_.apply(*late);
  find_out();
  EXPECT_FALSE(first.get().refused) << "the store was asked, and has it";
  auto& second = move("rich", 20);
  const call_ptr next = held_.next_commit();
  answer_late(*late, *late->applied);
  EXPECT_FALSE(is_ready(second));
  held_.apply(*next);
  held_.answer(*next, *next->applied);
  EXPECT_FALSE(second.get().refused);
  answers_.clear();
  asked_.clear();
  EXPECT_EQ(stored("sink"), 30);
  expect_truth();
}

/// Many epochs and many late answers of commits, at any point of any later batch.
TEST_F(late_commit, of_any_epoch_at_any_point_changes_nothing) {
  std::mt19937_64 random(lifeline::testing::random_seed());
  const auto below = [&](std::uint64_t n) { return random() % n; };
  std::vector<call_ptr> unanswered;
  const auto answer_some = [&] {
    std::shuffle(unanswered.begin(), unanswered.end(), random);
    while (!unanswered.empty() && (unanswered.size() > most_late - 2 || below(3) == 0)) {
      held_.apply(*unanswered.back());
      answer_late(*unanswered.back(), *unanswered.back()->applied);
      unanswered.pop_back();
    }
  };
  // Ends a running commit in a random way; false if the entries behind it were refused.
  const auto end = [&](const call_ptr& c) {
    answer_some();
    if (below(2) == 0) held_.apply(*c);
    answer_some();
    switch (below(4)) {
      case 0: find_out(); break;
      case 1:
        stay_in_doubt();
        answer_some();
        end_doubt();
        unanswered.push_back(c);
        return false;
      case 2: {
        const int before = held_.fences();
        held_.answer(*c, commit_error::unknown);
        while (held_.fences() == before || !books_->healthy()) std::this_thread::yield();
        return true;
      }
      default:
        held_.apply(*c);
        held_.answer(*c, *c->applied);
        return true;
    }
    unanswered.push_back(c);
    return true;
  };
  for (int round = 0; round < 150 && !HasFailure(); ++round) {
    auto& first = move("rich", 1);
    const call_ptr c = held_.next_commit();
    const std::uint64_t more = below(4);
    const std::size_t before = answers_.size();
    for (std::uint64_t i = 0; i < more; ++i)
      move(poor(below(4)), static_cast<std::int64_t>(below(60) + 1));
    const auto behind = [&] {
      return static_cast<std::uint64_t>(
          std::count_if(answers_.begin() + static_cast<std::ptrdiff_t>(before), answers_.end(),
                        [](const auto& f) { return !is_ready(f); }));
    };
    while (books_->waiting_entries() != 1 + behind()) std::this_thread::yield();
    const std::uint64_t waiting = behind();
    const bool goes_on = end(c);
    first.wait();
    if (goes_on && waiting != 0) end(held_.next_commit());
    for (const auto& f : answers_) f.wait();
  }
  for (const call_ptr& c : unanswered) {
    held_.apply(*c);
    answer_late(*c, *c->applied);
  }
  EXPECT_GT(late(), 30U) << "too few late answers for this test";
  expect_truth();
}

}  // namespace
}  // namespace lifeline::ledger::testing
