#pragma once

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "bank/storage/memory/ledger_store.hpp"
#include "ledger/builders.hpp"
#include "lifeline/ledger/core/refusals.hpp"
#include "lifeline/ledger/ledger.hpp"
#include "lifeline/ledger/messages/steps.hpp"
#include "lifeline/time/manual_clock.hpp"

namespace lifeline::ledger::testing {

using bank::storage::commit_fault;

/// A ledger on the memory store, under a clock that stands still until it is moved.
class books_fixture : public ::testing::Test {
 protected:
  using memory_store = bank::storage::memory_ledger_store;

  explicit books_fixture(ledger_options options = small(), runtime_options how = {.workers = 2},
                         std::unique_ptr<memory_store> store = std::make_unique<memory_store>())
      : rt_(how, clock_), kept_(std::move(store)), options_(options) {
    start();
  }
  ~books_fixture() override { books_.reset(); }

  static ledger_options small() {
    ledger_options o;
    o.processors = 3;
    o.directory_shards = 4;
    return o;
  }

  void start() {
    auto made = ledger::start(rt_, store_, options_, [this](const std::string&) {
      lost_ = true;
      lost_.notify_all();
    });
    ASSERT_TRUE(made) << made.error().detail;
    books_ = std::move(*made);
  }
  /// Ends the ledger's actors and starts new ones on the same store.
  void restart() {
    books_.reset();
    start();
  }

  // -- asking, and waiting for the answer
  // -----------------------------------------------------------

  template <class Answer, class Message>
  std::future<Answer> ask_later(const caf::actor& to, const context& ctx, Message m) {
    return std::async(std::launch::async, [this, to, ctx, m = std::move(m)]() mutable {
      caf::scoped_actor self(rt_.system());
      Answer answer;
      if (!to) {
        answer.refused = failure_of(lifeline::errc::unreachable);
        return answer;
      }
      self->request(to, caf::infinite, ctx, std::move(m))
          .receive([&](Answer& a) { answer = std::move(a); },
                   [&](const caf::error& e) { answer.refused = failure_of(from_caf(e)); });
      return answer;
    });
  }

  std::future<account_answer> open_later(account_record a,
                                         std::optional<idempotency_key> key = {}) {
    open_account m;
    m.account = std::move(a);
    m.key = std::move(key);
    const auto& shard = books_->shard_of(m.account.id);
    return ask_later<account_answer>(shard, rt_.background(), std::move(m));
  }
  account_answer open(account_record a, std::optional<idempotency_key> key = {}) {
    return open_later(std::move(a), std::move(key)).get();
  }

  std::future<transfer_answer> submit_later(submit_transfer m) {
    return submit_later(rt_.background(), std::move(m));
  }
  std::future<transfer_answer> submit_later(const context& ctx, submit_transfer m) {
    const auto& processor = books_->processor_of(m.transfer.id);
    return ask_later<transfer_answer>(processor, ctx, std::move(m));
  }
  static submit_transfer of(transfer_record t) {
    submit_transfer m;
    m.transfer = std::move(t);
    return m;
  }
  static submit_transfer repeatable(transfer_record t, std::optional<idempotency_key> key = {}) {
    submit_transfer m = of(std::move(t));
    m.may_be_repeated = true;
    m.key = std::move(key);
    return m;
  }
  transfer_answer submit(submit_transfer m) { return submit_later(std::move(m)).get(); }
  transfer_answer submit(transfer_record t) { return submit(of(std::move(t))); }

  // -- crashing actors ---------------------------------------------------------------------------

  /// Ends an actor as its own failure would, and waits until the ledger has noticed; it can't
  /// recover before time passes.
  void crash(const caf::actor& a) {
    exit_first(caf::actor_cast<caf::strong_actor_ptr>(a),
               caf::make_error(caf::sec::runtime_error, std::string("crashed on purpose")));
    while (books_->healthy()) std::this_thread::yield();
  }
  /// Lets time pass until all actors run again.
  void recover() {
    while (!books_->healthy() && !lost_) {
      clock_.advance(std::chrono::milliseconds(10));
      std::this_thread::yield();
    }
  }
  /// The counters reach zero shortly after the answer.
  void expect_nothing_in_flight() {
    for (int i = 0; books_->in_flight() != 0 && i < 5'000; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_EQ(books_->in_flight(), 0U);
  }
  /// Releases the held commit and waits until it is stored; if the clock were moved before, the
  /// commit would be overdue.
  template <class Held>
  void store_what_is_held(Held& hold) {
    const std::size_t before = store_.commits();
    hold.let_go();
    while (store_.commits() == before) std::this_thread::yield();
  }
  /// The account's present actor.
  caf::actor account_actor(const std::string& name) {
    const transfer_record probe =
        transfer_of("probe of " + name, world_account(usd), account(name), 1);
    caf::scoped_actor self(rt_.system());
    caf::actor found;
    const auto& shard = books_->shard_of(probe.to);
    self->send(shard, detail::take_legs{{{rt_.background(), 1, 0, legs_of_opening(probe).to, {}}}});
    self->receive([&](const detail::legs_answered&) {
      found = caf::actor_cast<caf::actor>(self->current_sender());
    });
    self->send(shard, detail::release_legs{{{probe.to, probe.id, 1}}});
    return found;
  }

  // -- common scenes
  // ----------------------------------------------------------------------------------

  /// Opens `name` with `balance` from world.
  void open_with(const std::string& name, std::int64_t balance) {
    ASSERT_FALSE(open(account_of(name)).refused);
    if (balance == 0) return;
    ASSERT_FALSE(
        submit(transfer_of("fund " + name, world_account(usd), account(name), balance)).refused);
  }

  std::int64_t stored(const std::string& name) { return stored(account(name)); }
  std::int64_t stored(account_id id) {
    return store_.find_account(rt_.background(), id)->value().posted;
  }
  bool is_stored(const std::string& transfer_name) {
    return store_.find_transfer(rt_.background(), transfer(transfer_name))->has_value();
  }
  void expect_sums_of_zero() {
    const auto totals = store_.totals(rt_.background());
    for (const auto& c : totals->currencies) EXPECT_EQ(c.sum, 0);
  }
  void expect_entries_without_gaps() {
    const auto all = store_.entries(rt_.background(), 0, 1'000'000).value();
    EXPECT_EQ(all.size(), *store_.last_sequence(rt_.background()));
    for (std::size_t i = 0; i < all.size(); ++i) ASSERT_EQ(all[i].sequence, i + 1);
  }

  // -- random trouble ----------------------------------------------------------------------------

  /// The next commit fails in a random way; never as if another journal had taken over.
  template <class Random>
  void fail_some_commit(Random& random) {
    static constexpr std::array all{
        commit_fault::unavailable, commit_fault::violated, commit_fault::unknown_and_lost,
        commit_fault::unknown_but_stored, commit_fault::unknown_then_late};
    store_.fail_next_commit(all[random() % all.size()]);
  }
  /// Ends all faults, unused ones too, and their consequences.
  void heal() {
    store_.heal();
    while (!books_->healthy()) clock_.advance(std::chrono::milliseconds(250));
  }

  /// Holds each commit until released; its destructor releases all.
  class held_commits {
   public:
    explicit held_commits(memory_store& store) : store_(store) {
      store_.on_commit([gate = gate_](const batch&) {
        gate->began = true;
        gate->began.notify_all();
        gate->open.wait(false);
      });
    }
    ~held_commits() {
      let_go();
      store_.on_commit({});
    }
    held_commits(const held_commits&) = delete;
    held_commits& operator=(const held_commits&) = delete;
    void wait_until_one_began() { gate_->began.wait(false); }
    void let_go() {
      gate_->open = true;
      gate_->open.notify_all();
    }

   private:
    /// A commit may be leaving it while this is destroyed.
    struct gate {
      std::atomic<bool> began{false};
      std::atomic<bool> open{false};
    };
    memory_store& store_;
    std::shared_ptr<gate> gate_ = std::make_shared<gate>();
  };

  manual_clock clock_;
  runtime rt_;
  const std::unique_ptr<memory_store> kept_;
  memory_store& store_ = *kept_;
  ledger_options options_;  ///< of the next start
  std::unique_ptr<ledger> books_;
  std::atomic<bool> lost_{false};
};

inline std::optional<errc> code(const std::optional<failure>& f) {
  return f ? std::optional(f->code) : std::nullopt;
}

}  // namespace lifeline::ledger::testing
