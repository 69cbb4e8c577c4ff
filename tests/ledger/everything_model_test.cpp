#include <random>

#include "ledger/model_of_everything.hpp"
#include "random_seed.hpp"

namespace lifeline::ledger::testing {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

/// A bank under stress: many clients make all kinds of requests at once, while the store fails in
/// every way, actors crash and the ledger is restarted.
class everything : public orders_fixture {
 protected:
  everything() {
    for (const currency unit : {usd, eur}) accounts_.push_back(world_account(unit));
    for (const std::string name : {"alice", "bob"}) accounts_.push_back(account(name));
    for (int i = 0; i < 7; ++i) open_rich("account " + std::to_string(i), i < 3 ? usd : eur);
  }

  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  std::int64_t up_to(std::uint64_t n) { return static_cast<std::int64_t>(below(n) + 1); }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  template <class T>
  const T& one_of(const std::vector<T>& all) {
    return all[below(all.size())];
  }

  void open_rich(const std::string& name, currency unit) {
    account_record a = account_of(name);
    a.unit = unit;
    ASSERT_FALSE(open(a).refused);
    const auto t = transfer_of("fund " + name, world_account(unit), a.id, 1'000, unit);
    EXPECT_FALSE(submit(t).refused);
    accounts_.push_back(a.id);
    unit_of_[a.id] = unit;
    answers_.of_opening(t, {});
  }

  // -- what clients do ---------------------------------------------------------------------------

  template <class Answer, class F>
  void hear(std::future<Answer> answer, F then) {
    open_.push_back([this, f = answer.share(), then] {
      // A debit may wait for the truth about a commit, which the journal asks for as time passes.
      while (f.wait_for(std::chrono::milliseconds(50)) == std::future_status::timeout)
        clock_.advance(std::chrono::milliseconds(250));
      then(f.get());
    });
  }
  /// A context that its client may cancel.
  const context& some_context() {
    scopes_.push_back(with_cancel(rt_.background()));
    return scopes_.back().ctx();
  }
  /// Repeated without faults, it must give the same answer, and nothing may move.
  void remember(std::function<void()> repeat) { repeats_.push_back(std::move(repeat)); }
  void remember_transfer(const submit_transfer& m, const transfer_record& first) {
    remember([this, m, first] {
      const auto again = submit(m);
      ASSERT_FALSE(again.refused) << again.refused->detail;
      EXPECT_TRUE(again.replayed);
      EXPECT_EQ(again.transfer, first);
    });
  }

  transfer_record any_transfer() {
    const std::string name = "t" + std::to_string(++made_);
    const auto& from = *std::next(unit_of_.begin(), below(unit_of_.size()));
    const auto& to = *std::next(unit_of_.begin(), below(unit_of_.size()));
    transfer_record t = transfer_of(name, from.first, to.first, up_to(400), from.second);
    if (one_in(3)) t.two_phase = true;
    if (t.two_phase && one_in(2)) t.expires_in = seconds(up_to(40));
    if (one_in(5)) t.execute_at = clock_.wall_now() + seconds(up_to(40));
    return t;
  }
  void send(submit_transfer m) {
    hear(submit_later(some_context(), m), [this, m](const transfer_answer& a) {
      answers_.of_opening(m.transfer, a.refused);
      if (!a.refused) remember_transfer(m, a.transfer);
    });
  }
  void submit_one() {
    submit_transfer m = repeatable(any_transfer());
    if (one_in(4)) m.key = idempotency_key{"alice", m.transfer.id.str(), "digest"};
    singles_.push_back(m);
    send(std::move(m));
  }
  void submit_again() {
    if (!singles_.empty()) send(one_of(singles_));
  }
  /// Resolutions race for the youngest transfers, and sometimes name ended ones.
  transfer_id some_transfer() {
    const std::size_t last =
        one_in(4) ? singles_.size() : std::min<std::size_t>(12, singles_.size());
    return singles_[singles_.size() - 1 - below(last)].transfer.id;
  }
  template <class Message>
  void end(Message m, transfer_status wanted) {
    const auto& to = books_->processor_of(m.transfer);
    hear(ask_later<transfer_answer>(to, some_context(), m), [=, this](const transfer_answer& a) {
      answers_.of_end(m.transfer, wanted, a.refused);
      if (a.refused) return;
      remember([=, this] {
        const auto again =
            ask_later<transfer_answer>(books_->processor_of(m.transfer), rt_.background(), m).get();
        ASSERT_FALSE(again.refused) << again.refused->detail;
        EXPECT_EQ(again.transfer, a.transfer);
      });
    });
  }
  void post_some() {
    if (singles_.empty()) return;
    std::optional<std::int64_t> minor;
    if (one_in(2)) minor = up_to(200);
    end(post_transfer{some_transfer(), minor, {}, {}}, transfer_status::posted);
  }
  void void_some() {
    if (!singles_.empty()) end(void_transfer{some_transfer(), {}, {}}, transfer_status::voided);
  }
  void reverse_some() {
    if (singles_.empty()) return;
    const auto found = store_.find_transfer(rt_.background(), some_transfer());
    if (!found || !*found) return;
    if (const auto back = reversal_of(**found)) send(repeatable(*back));
  }
  void submit_some_batch() {
    submit_batch m;
    m.id = uuid::derive({"batch", std::to_string(++made_)});
    m.atomic = one_in(2);
    for (auto n = up_to(6); n > 0; --n) m.items.push_back({any_transfer(), true});
    if (one_in(2)) m.key = idempotency_key{"bob", m.id.str(), "digest"};
    if (m.atomic) {
      std::vector<transfer_id> ids;
      for (const auto& i : m.items) ids.push_back(i.transfer.id);
      answers_.of_atomic_batch(std::move(ids));
    }
    for (int times = one_in(3) ? 2 : 1; times > 0; --times) {
      const auto& to = books_->processor_of(m.id);
      hear(ask_later<batch_answer>(to, some_context(), m),
           [this, m](const batch_answer& a) { batch_answered(m, a); });
    }
  }
  /// Answers kept under a key. A failure is not kept: a repetition may succeed.
  static bool is_final(const batch_item& i) {
    return !i.refused || (is_refusal(i.refused->code) && i.refused->code != errc::in_progress);
  }
  void batch_answered(const submit_batch& m, const batch_answer& a) {
    for (std::size_t i = 0; i < m.items.size(); ++i) {
      const auto& refused = a.refused ? a.refused : a.items[i].refused;
      answers_.of_opening(m.items[i].transfer, refused);
      if (!refused) remember_transfer(repeatable(m.items[i].transfer), a.items[i].transfer);
    }
    if (a.refused || !m.key || !std::ranges::all_of(a.items, is_final)) return;
    remember([this, m, a] {
      const auto again =
          ask_later<batch_answer>(books_->processor_of(m.id), rt_.background(), m).get();
      ASSERT_FALSE(again.refused) << again.refused->detail;
      EXPECT_TRUE(again.replayed);
      for (std::size_t i = 0; i < a.items.size(); ++i) {
        EXPECT_EQ(code(again.items[i].refused), code(a.items[i].refused));
        if (!a.items[i].refused) {
          EXPECT_EQ(again.items[i].transfer, a.items[i].transfer);
        }
      }
    });
  }

  void open_another() {
    account_record a = account_of("opened " + std::to_string(++made_));
    a.unit = one_in(2) ? usd : eur;
    a.overdraft_limit = one_in(2) ? up_to(200) : 0;
    const idempotency_key key{"alice", a.owner, "digest"};
    hear(open_later(a, key), [this, a, key](const account_answer& answer) {
      if (answer.refused) return;
      accounts_.push_back(a.id);
      unit_of_[a.id] = a.unit;
      remember([this, a, key, answer] {
        const auto again = open(a, key);
        EXPECT_TRUE(again.replayed);
        EXPECT_EQ(again.account, answer.account);
      });
    });
  }
  account_change any_change() {
    switch (below(6)) {
      case 0: return {account_status::closed, {}};
      case 1: return {account_status::frozen, {}};
      case 2: return {{}, up_to(300)};
      default: return {account_status::open, {}};
    }
  }
  std::future<account_answer> change_later(account_id id, account_change c) {
    return ask_later<account_answer>(books_->shard_of(id), rt_.background(), change_account{id, c});
  }
  void change_some() {
    const account_id id = std::next(unit_of_.begin(), below(unit_of_.size()))->first;
    hear(change_later(id, any_change()), [this, id](const account_answer& a) {
      if (a.refused) return;
      remember([this, id, a] {
        const auto now = store_.find_account(rt_.background(), id)->value();
        EXPECT_GE(now.version, a.account.version);
        if (now.version == a.account.version) {
          EXPECT_EQ(now, a.account);
        }
      });
    });
  }

  void stand_one() {
    const std::string name = "order " + std::to_string(++made_);
    standing_order o = daily(name);
    o.from = account("account " + std::to_string(below(3)));
    o.schedule.every = static_cast<interval>(below(3));
    o.schedule.first_at += hours(below(48));
    if (one_in(2)) o.schedule.last_at = o.schedule.first_at + hours(24) * up_to(40);
    const idempotency_key key{"carol", name, "digest"};
    orders_.push_back(name);
    hear(stand_later(o, key), [this, o, key](const order_answer& a) {
      if (a.refused) return;
      remember([this, o, key, a] {
        const auto again = stand(o, key);
        ASSERT_FALSE(again.refused) << again.refused->detail;
        EXPECT_TRUE(again.replayed);
        EXPECT_EQ(without_number(again.order), without_number(a.order));
      });
    });
  }
  /// Its place in lists is known only once it is stored; no answer shows it.
  static standing_order without_number(standing_order o) {
    o.number = 0;
    return o;
  }
  void erase_one() {
    if (orders_.empty()) return;
    const std::string name = one_of(orders_);
    hear(erase_later(name), [this, name](const order_answer& a) {
      if (a.refused) return;
      remember([this, name] { EXPECT_NE(status_of(kept(name)), order_status::active); });
    });
  }
  /// As the tickers would; refused items stay for the next round.
  void work_off_some() {
    if (const auto due = store_.due_orders(rt_.background(), clock_.wall_now(), {}, 20))
      for (const auto& o : due->orders) hear(advance_later(o), [](const order_answer&) {});
    const auto due = store_.due(rt_.background(), clock_.wall_now(), {}, 20);
    if (!due) return;
    for (const auto& t : due->transfers) {
      const auto& to = books_->processor_of(t.id);
      hear(ask_later<transfer_answer>(to, rt_.background(), execute_due{t}),
           [this](const transfer_answer& a) {
             if (a.refused) return;
             remember([this, first = a.transfer] {
               const auto now = store_.find_transfer(rt_.background(), first.id)->value();
               EXPECT_GE(now.sequence, first.sequence);
             });
           });
    }
  }

  void act() {
    switch (below(17)) {
      case 0:
      case 1: return submit_again();
      case 2:
      case 3: return post_some();
      case 4: return void_some();
      case 5: return reverse_some();
      case 6:
      case 7: return submit_some_batch();
      case 8: return change_some();
      case 9: return one_in(3) ? open_another() : change_some();
      case 10: return one_in(3) ? stand_one() : submit_one();
      case 11: return one_in(6) ? erase_one() : submit_one();
      case 12: return work_off_some();
      default: return submit_one();
    }
  }

  // -- what goes wrong ---------------------------------------------------------------------------

  void make_trouble() {
    if (one_in(3)) fail_some_commit(random_);
    if (one_in(12)) store_.fail_fences(below(3));
    if (one_in(10)) store_.fail_reads(below(6));
  }
  void crash_one() {
    clock_.advance(std::chrono::minutes(1));  // so many at once would be too much for a supervisor
    const uuid some = uuid::derive({std::to_string(random_())});
    switch (below(5)) {
      case 0: return crash(books_->journal().current());
      case 1: return crash(books_->processor_of(transfer_id(some)));
      case 2: return crash(books_->processor_of(some));
      case 3: return crash(books_->order_processor());
      default: return crash(books_->shard_of(account_id(some)));
    }
  }
  /// With requests in flight. A ledger does not start on a store that is down.
  void restart_in_the_middle() {
    store_.fail_fences(0);
    restart();
  }
  void round() {
    make_trouble();
    for (int i = 0; i < 14; ++i) act();
    if (one_in(6)) crash_one();
    for (auto& s : scopes_)
      if (one_in(6)) s.cancel();
    if (one_in(12)) restart_in_the_middle();
    for (const auto& wait : std::exchange(open_, {})) wait();
    scopes_.clear();
    recover();
    clock_.advance(one_in(5) ? hours(up_to(40)) : seconds(below(15)));
  }

  // -- what must be true -------------------------------------------------------------------------

  void expect_invariants() {
    expect_sums_of_zero();
    expect_entries_without_gaps();
    const stored_books books(store_, rt_.background());
    books.expect_balances_of(accounts_);
    books.expect_each_ended_once();
    answers_.expect_true(books.transfers());
    expect_orders_made_each_time_once(books);
  }
  /// The occurrences of a standing order match its schedule; no other transfers belong to orders.
  void expect_orders_made_each_time_once(const stored_books& books) {
    std::ptrdiff_t all = 0;
    for (const std::string& name : orders_) {
      const standing_order o = kept(name);
      const auto made = occurrences(o);
      EXPECT_EQ(made.size(), o.made) << name;
      if (!made.empty()) {
        EXPECT_LE(*made.back().execute_at, clock_.wall_now()) << name;
      }
      all += std::ssize(made);
    }
    EXPECT_EQ(
        std::ranges::count_if(books.transfers(),
                              [](const auto& t) { return t.second.kind == "standing_order"; }),
        all);
  }
  void expect_answers_again() {
    const auto before = *store_.last_sequence(rt_.background());
    for (const auto& repeat : repeats_) {
      repeat();
      if (HasFailure()) return;
    }
    EXPECT_EQ(*store_.last_sequence(rt_.background()), before) << "a repetition has moved money";
  }
  /// Each open account can spend exactly its available funds.
  void expect_nothing_set_aside() {
    for (const auto& [id, unit] : unit_of_) {
      change_later(id, {account_status::open, {}}).wait();
      const auto a = store_.find_account(rt_.background(), id)->value();
      if (a.status == account_status::closed) continue;
      const std::int64_t free = available(a) + a.overdraft_limit;
      const auto spend = [&, i = id, u = unit](std::int64_t n) {
        return transfer_of("sweep " + std::to_string(++made_), i, world_account(u), n, u);
      };
      EXPECT_EQ(code(submit(spend(free + 1)).refused), errc::insufficient_funds) << a.owner;
      if (free == 0) continue;
      const auto all = spend(free);
      const auto answer = submit(all);
      ASSERT_FALSE(answer.refused) << a.owner << " still has a reservation";
      ASSERT_FALSE(submit(*reversal_of(answer.transfer)).refused);
    }
  }

  std::mt19937_64 random_{lifeline::testing::random_seed()};
  std::uint64_t made_ = 0;
  std::vector<account_id> accounts_;
  std::map<account_id, currency> unit_of_;  ///< of those that move money
  std::vector<submit_transfer> singles_;
  std::vector<std::string> orders_;
  known_answers answers_;
  std::vector<cancel_scope> scopes_;
  std::vector<std::function<void()>> open_;
  std::vector<std::function<void()>> repeats_;
};

TEST_F(everything, at_once_and_in_trouble_keeps_every_invariant) {
  for (int phase = 0; phase < 8 && !HasFailure(); ++phase) {
    SCOPED_TRACE("phase " + std::to_string(phase));
    for (int i = 0; i < 15; ++i) round();
    heal();
    expect_invariants();
    expect_answers_again();
    expect_nothing_set_aside();
    expect_invariants();
  }
  EXPECT_GT(repeats_.size(), 200U) << "too few successes for this test";
}

}  // namespace
}  // namespace lifeline::ledger::testing
