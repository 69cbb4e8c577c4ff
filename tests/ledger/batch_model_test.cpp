#include <gtest/gtest.h>

#include <map>
#include <set>

#include "ledger/random_batch.hpp"
#include "random_seed.hpp"

// Random batches beside a naive store. Accounts answer in random order, and refuse for any reason;
// contexts, look-ups and commits fail at any point.

namespace lifeline::ledger::testing {
namespace {

using namespace batches;

class batch_run : random_batch {
 public:
  explicit batch_run(std::uint64_t seed) : random_batch(seed) {}

  void play() {
    for (const auto& [id, a] : bank_.accounts) before_[id] = a.record().posted;
    if (is_open_) bank_.begin_credit(credited_, scale * (1 + below(60)));
    bank_.core.emplace(items_, atomic_, digest_);
    obey(core().start(wall_time()));
    for (int i = 0; i < 1'000 && !bank_.answered && !::testing::Test::HasFailure(); ++i) step();
    ASSERT_TRUE(bank_.answered);
    expect_strays_ignored();
    end_credit();
    for (const auto& [account, id] : blocked_) bank_.accounts.at(account).release(id, 3);
    bank_.expect_nothing_set_aside();
    for (const auto& [id, a] : bank_.accounts) EXPECT_EQ(a.record().posted, before_[id]);
    if (core().refused()) return expect_failure(*core().refused());
    if (core().replayed()) return expect_kept_answer();
    for (std::uint32_t i = 0; i < items_.size(); ++i) expect_result(i);
    if (atomic_) expect_one_outcome();
    if (digest_ && !vanished_) expect_key_kept();
  }

 private:
  transfer_batch& core() { return *bank_.core; }
  const batch_item& item(std::size_t i) { return core().items()[i]; }
  // -- one event ----------------------------------------------------------------------------------

  void step() {
    expect_strays_ignored();
    if (fault(40)) ended_ = lifeline_errc::canceled;
    if (ended_ != alive && chance(4)) return end_context();
    if (!bank_.asked.empty()) return answer();
    if (std::exchange(bank_.await_commit, false)) return end_commit();
    if (std::exchange(bank_.look_up, false)) return look_up();
    ASSERT_TRUE(std::exchange(bank_.append, false)) << "the batch waits for nothing";
    journal();
  }

  void obey(const batch_actions& o) {
    for (const held_leg& l : o.release) {
      const auto asked = [&](const auto& q) {
        return q.what.transfer == l.transfer && q.what.account == l.account;
      };
      EXPECT_TRUE(std::ranges::any_of(bank_.asked, asked) || taken_.erase({l.account, l.transfer}))
          << "nothing to release";
    }
    for (const std::uint32_t i : o.ask_from) refusals_[i].clear();
    for (const std::uint32_t i : o.ask_to) {
      const bool in_turn = std::ranges::find(o.ask_from, i) == o.ask_from.end();
      const transfer_record& t = item(i).transfer;
      EXPECT_EQ(in_turn, t.amount.minor > most_asked_at_once);
      EXPECT_TRUE(!in_turn || taken_.contains({t.from, t.id})) << "the payer has not agreed";
    }
    EXPECT_TRUE((!o.append && !o.answer) || (o.ask_from.empty() && o.ask_to.empty()));
    if (o.await_commit) expect_reason_to_wait();
    bank_.obey(o);
    EXPECT_TRUE(appended_ || !o.append || ended_ == alive) << "its context has ended";
    if (!appended_ && (o.append || o.answer)) measure();
    appended_ |= o.append;
  }

  void end_context() {
    const bool waits = appended_ && !bank_.look_up;
    unclear_ |= bank_.look_up && (appended_ || key_found_);
    obey(core().context_ended(ended_));
    EXPECT_NE(bank_.answered, waits);
  }

  void answer() {
    const auto at = static_cast<std::size_t>(below(bank_.asked.size()));
    const account_id by = bank_.asked[at].what.account;
    const auto oldest = std::ranges::find_if(
        bank_.asked, [&](const bank::question& q) { return q.what.account == by; });
    const bank::question q = *oldest;
    bank_.asked.erase(oldest);
    std::optional<leg_refusal> refused;
    if (fault(30)) refused = {refusal(errc::store_unavailable, outcome::unknown)};
    if (!refused) refused = bank_.accounts.at(by).take(q.what, {}, 1);
    if (refused) {
      refusals_[q.item].push_back(*refused);
      for (const errc lack : {errc::insufficient_funds, errc::balance_limit})
        if (refused->why.code == lack) lacking_.insert(lack);
    } else {
      taken_.emplace(by, q.what.transfer);
    }
    obey(core().answered(q.item, by, std::move(refused), ended_));
  }

  void end_commit() {
    if (chance(2)) end_credit();
    obey(core().commit_ended());
  }
  void end_credit() {
    if (!std::exchange(is_open_, false)) return;
    const bool durable = chance(2);
    const std::int64_t credit = bank_.balance(credited_);
    bank_.end_credit(credited_, durable);
    before_[account(credited_)] += bank_.balance(credited_) - credit;
  }

  void look_up() {
    EXPECT_TRUE(appended_ || ++first_look_ups_ == (key_found_ ? 2 : 1));
    if (fault(20)) return obey(core().looked_up(std::nullopt, ended_));
    earlier_batch found;
    vanished_ = key_found_ && fault(10);
    if (core().asks_for_key() && !vanished_) found.key = key_;
    key_found_ = key_.has_value();
    for (const std::uint32_t i : core().to_look_up()) {
      EXPECT_TRUE(key_found_ || bank_.refused(i) != errc::forbidden);
      const auto t = stored_.find(item(i).transfer.id);
      found.by_id.push_back(t == stored_.end() ? std::nullopt : std::optional(t->second));
      if (found.by_id.back()) looked_up_.insert(i);
    }
    obey(core().looked_up(found, ended_));
  }

  void journal() {
    stored_.insert(moved_meanwhile_.begin(), moved_meanwhile_.end());
    std::vector<entry_verdict> verdicts(1 + core().members().size(), {verdict::left_out});
    if (fault(8)) {
      failed_ = std::array{verdict::unavailable, verdict::unknown, verdict::violated,
                           verdict::overloaded}[random_() % 4];
      std::ranges::fill(verdicts, entry_verdict{*failed_});
      return end_members(verdicts);
    }
    const auto offered = core().kept_answer();
    const bool some_used = std::ranges::any_of(
        core().members(), [&](std::uint32_t i) { return stored_.contains(item(i).transfer.id); });
    EXPECT_FALSE(offered && kept_) << "the key is used up";
    EXPECT_FALSE(offered && std::ranges::any_of(core().items(), may_change));
    if (offered && key_) {
      key_found_ = true;
      verdicts[0] = {verdict::duplicate};
      return end_members(verdicts);
    }
    const bool all = !(atomic_ && some_used);
    verdicts[0] = {all ? verdict::committed : verdict::duplicate};
    if (all && offered) kept_ = offered;
    for (std::size_t n = 0; n < core().members().size(); ++n)
      verdicts[n + 1] = commit(core().members()[n], all);
    end_members(verdicts);
  }

  static bool may_change(const batch_item& i) {
    return i.refused && (!is_refusal(i.refused->code) || i.refused->code == errc::in_progress);
  }

  entry_verdict commit(std::uint32_t i, bool all) {
    EXPECT_FALSE(item(i).refused || item(i).replayed);
    const transfer_record& t = item(i).transfer;
    if (stored_.contains(t.id)) return {verdict::duplicate};
    if (!all) return {verdict::left_out};
    before_[t.from] -= t.amount.minor;
    before_[t.to] += t.amount.minor;
    moved_.insert(i);
    const auto made = after_opening(t, ++sequence_, wall_time());
    return {verdict::committed, sequence_, fault(20) ? std::nullopt : std::optional(made)};
  }

  /// The journal tells the accounts, then the processor.
  void end_members(const std::vector<entry_verdict>& verdicts) {
    for (std::size_t n = 0; n < core().members().size(); ++n) {
      const transfer_record& t = item(core().members()[n]).transfer;
      const bool durable = verdicts[n + 1].what == verdict::committed;
      if (durable && !verdicts[n + 1].transfer) without_record_.insert(core().members()[n]);
      for (const account_id& by : {t.from, t.to}) {
        account_state& a = bank_.accounts.at(by);
        EXPECT_TRUE(durable ? a.settle(t.id, 1) : a.release(t.id, 1));
      }
    }
    taken_.clear();
    obey(core().journaled(verdicts));
  }

  // -- what must hold -----------------------------------------------------------------------------

  /// Events that the batch does not wait for change nothing.
  void expect_strays_ignored() {
    const auto nothing = [](const batch_actions& o) {
      return o.ask_from.empty() && o.ask_to.empty() && o.release.empty() && !o.await_commit &&
             !o.append && !o.look_up && !o.answer;
    };
    for (std::uint32_t i = 0; i < items_.size(); ++i)
      for (const account_id& by : {item(i).transfer.from, item(i).transfer.to}) {
        const auto asked = [&](const auto& q) { return q.item == i && q.what.account == by; };
        transfer_batch copy = core();
        EXPECT_TRUE(std::ranges::any_of(bank_.asked, asked) ||
                    nothing(copy.answered(i, by, {}, alive)));
      }
    transfer_batch copy = core();
    EXPECT_TRUE(bank_.await_commit || nothing(copy.commit_ended()));
    const earlier_batch none{{}, std::vector<std::optional<transfer_record>>(items_.size())};
    EXPECT_TRUE(bank_.look_up || nothing(copy.looked_up(none, alive)));
    std::vector<entry_verdict> verdicts(core().members().size() + 1, {verdict::unavailable});
    if (bank_.append) verdicts.emplace_back();
    EXPECT_TRUE(nothing(copy.journaled(verdicts)));
  }

  bool may_be_lifted(std::uint32_t i) {
    return !refusals_[i].empty() && !looked_up_.contains(i) &&
           std::ranges::all_of(refusals_[i], [](const leg_refusal& r) { return r.may_lift; });
  }
  void expect_reason_to_wait() {
    std::size_t refused = 0;
    std::size_t lifted = 0;
    for (std::uint32_t i = 0; i < items_.size(); ++i) {
      refused += item(i).refused ? 1 : 0;
      lifted += item(i).refused && may_be_lifted(i) ? 1 : 0;
    }
    EXPECT_TRUE(atomic_ ? lifted == refused : lifted != 0) << "no commit can help";
  }

  bool was_moved(const transfer_id& id) {
    return stored_.contains(id) && !moved_meanwhile_.contains(id);
  }

  /// What each account has left beside what is to be committed and was not before.
  void measure() {
    for (auto& [id, a] : bank_.accounts)
      spendable_[id] = a.spendable(), room_[id] = max_minor - a.record().posted - a.incoming();
    for (const batch_item& i : items_) {
      const auto& [id, from, to] = std::tie(i.transfer.id, i.transfer.from, i.transfer.to);
      if (!was_moved(id)) continue;
      if (taken_.contains({from, id})) spendable_[from] += i.transfer.amount.minor;
      if (taken_.contains({to, id})) room_[to] += i.transfer.amount.minor;
    }
  }

  void expect_failure(const failure& f) {
    const bool repeatable =
        std::ranges::any_of(items_, [](const batch_item& i) { return i.may_be_repeated; });
    if (f.code == errc::idempotency_mismatch) {
      EXPECT_TRUE(key_ && key_->digest != digest_);
      EXPECT_EQ(f.known, outcome::none);
    } else {
      EXPECT_FALSE(is_refusal(f.code));
      const bool unclear = unclear_ || repeatable || !moved_.empty() || failed_ == verdict::unknown;
      EXPECT_TRUE(!unclear || f.known == outcome::unknown);
      EXPECT_TRUE(unclear || !failed_ || f.known == outcome::none);
    }
    EXPECT_TRUE(failed_ || ended_ != alive || f.code == errc::idempotency_mismatch ||
                f.code == errc::store_unavailable);
  }

  /// Under a used key: what was refused, moved or known the first time.
  void expect_kept_answer() {
    ASSERT_TRUE(key_ && key_->digest == digest_ && !vanished_);
    for (std::size_t i = 0; i < items_.size(); ++i) {
      const auto stored = stored_.find(items_[i].transfer.id);
      std::optional<errc> why = errc::in_progress;
      if (stored != stored_.end())
        why = stored->second.kind == "other" ? std::optional(errc::idempotency_mismatch)
                                             : std::nullopt;
      const bool known = !why && stored->second.first_sequence <= *key_->behind;
      if (first_refusals_[i].refused) why = errc::not_found;
      EXPECT_EQ(bank_.refused(i), why);
      EXPECT_EQ(item(i).replayed, known && !why);
    }
  }

  bool is_blamed(std::uint32_t i) {
    return bank_.refused(i) && item(i).refused->detail.starts_with("not moved, because transfers[");
  }

  void expect_result(std::uint32_t i) {
    const auto why = bank_.refused(i);
    const auto& first = items_[i].refused;
    if (first) {
      EXPECT_EQ(why, first->code) << "it was refused before it came";
      return;
    }
    if (is_blamed(i)) {
      const auto culprit = std::ranges::find_if(
          core().items(), [](const batch_item& c) { return c.refused.has_value(); });
      EXPECT_TRUE(atomic_ && refusals_[i].empty() && culprit->refused->code == why);
      EXPECT_FALSE(was_moved(items_[i].transfer.id));
      return;
    }
    const transfer_record& t = items_[i].transfer;
    if (t.from == t.to) {
      EXPECT_EQ(why, errc::same_account);
      return;
    }
    const auto said = [&](errc e) {
      return std::ranges::any_of(refusals_[i], [&](const auto& r) { return r.why.code == e; });
    };
    const auto stored = stored_.find(t.id);
    if (stored != stored_.end() && why != errc::store_unavailable) {
      const bool meanwhile = moved_meanwhile_.contains(t.id);
      const bool same = stored->second.kind != "other";
      EXPECT_TRUE(why != errc::already_exists || (atomic_ && same));
      EXPECT_TRUE(meanwhile || same || why == errc::idempotency_mismatch);
      EXPECT_TRUE(meanwhile || !same || !why || why == errc::already_exists);
      EXPECT_EQ(item(i).replayed, !why);
      return;
    }
    EXPECT_FALSE(item(i).replayed);
    EXPECT_EQ(!why, moved_.contains(i) && !without_record_.contains(i));
    if (!why || without_record_.contains(i)) return;
    EXPECT_TRUE(said(*why)) << to_string(*why);
    // Where funds and room are short at once, one retry may release what another item lacked.
    if (atomic_ || lacking_.size() != 1) return;
    EXPECT_TRUE(*why != errc::insufficient_funds || t.amount.minor > spendable_[t.from]);
    EXPECT_TRUE(*why != errc::balance_limit || t.amount.minor > room_[t.to]);
  }

  void expect_one_outcome() {
    std::set<bool> moved;
    std::set<bool> replayed;
    for (std::uint32_t i = 0; i < items_.size(); ++i) {
      moved.insert(moved_.contains(i));
      replayed.insert(item(i).replayed);
    }
    const bool repeated = std::ranges::all_of(items_, [&](const batch_item& i) {
      const auto before = stored_.find(i.transfer.id);
      return !i.refused && was_moved(i.transfer.id) && before->second.kind != "other";
    });
    EXPECT_TRUE(has_faults_ || !repeated || replayed == std::set{true});
    EXPECT_EQ(moved.size(), 1U);
    EXPECT_EQ(replayed.size(), 1U);
  }

  void expect_key_kept() {
    if (!kept_) {
      EXPECT_TRUE(std::ranges::any_of(core().items(), may_change));
      return;
    }
    const auto refusals = *read_refusals(*kept_);
    for (const item_refusal& r : refusals) EXPECT_EQ(bank_.refused(r.item), r.why.code);
  }

  std::map<account_id, std::int64_t> before_, spendable_, room_;
  std::optional<std::string> kept_;
  std::map<std::uint32_t, std::vector<leg_refusal>> refusals_;
  std::set<std::pair<account_id, transfer_id>> taken_;
  std::set<std::uint32_t> moved_, without_record_, looked_up_;
  std::set<errc> lacking_;
  lifeline_errc ended_ = alive;
  std::optional<verdict> failed_;
  bool appended_ = false;
  bool key_found_ = false;
  bool vanished_ = false;
  bool unclear_ = false;
  int first_look_ups_ = 0;
};

TEST(transfer_batch, of_random_transfers_keeps_the_books) {
  std::mt19937_64 random(lifeline::testing::random_seed());
  for (int round = 0; round < 2'000 && !HasFailure(); ++round) {
    const std::uint64_t seed = random();
    SCOPED_TRACE(seed);
    batch_run(seed).play();
  }
}

}  // namespace
}  // namespace lifeline::ledger::testing
