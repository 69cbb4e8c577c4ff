#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "ledger/orders_fixture.hpp"

// The knowledge of a client: its requests and answers, and thus what must, may and must not be
// stored.

namespace lifeline::ledger::testing {

/// The answers about each transfer. An answer that is neither "done" nor "unknown" claims that
/// nothing was moved by it; a stored transfer was admitted by another.
class known_answers {
 public:
  using failed = std::optional<failure>;

  void of_opening(const transfer_record& asked, const failed& refused) {
    asked_.emplace(asked.id, asked);
    if (is_done(refused)) acknowledged_.insert(asked.id);
    if (may_be_done(refused)) admitted_.insert(asked.id);
  }
  void of_end(transfer_id id, transfer_status wanted, const failed& refused) {
    if (may_be_done(refused)) admitted_ends_.emplace(id, wanted);
    if (!is_done(refused)) return;
    const auto [known, is_new] = ended_as_.emplace(id, wanted);
    EXPECT_EQ(known->second, wanted) << id.str() << " ended twice";
  }
  /// Stored whole or not at all.
  void of_atomic_batch(std::vector<transfer_id> ids) { atomic_.push_back(std::move(ids)); }

  const std::map<transfer_id, transfer_record>& asked() const { return asked_; }

  void expect_true(const std::map<transfer_id, transfer_record>& stored) const {
    for (const auto& [id, asked] : asked_) {
      const auto found = stored.find(id);
      if (found == stored.end()) {
        EXPECT_FALSE(acknowledged_.contains(id)) << id.str() << " was acknowledged and is lost";
        continue;
      }
      EXPECT_TRUE(same_content(found->second, asked)) << id.str();
      EXPECT_TRUE(admitted_.contains(id)) << id.str() << " was refused each time, and is stored";
      expect_end_was_admitted(found->second);
    }
    for (const auto& [id, status] : ended_as_)
      EXPECT_EQ(stored.at(id).status, status) << id.str() << " did not end as it was answered";
    for (const auto& ids : atomic_) {
      const auto there =
          std::ranges::count_if(ids, [&](const transfer_id& id) { return stored.contains(id); });
      EXPECT_TRUE(there == 0 || there == std::ssize(ids)) << "a batch is stored in part";
    }
  }

 private:
  static bool is_done(const failed& f) { return !f; }
  static bool may_be_done(const failed& f) { return !f || f->known == outcome::unknown; }

  void expect_end_was_admitted(const transfer_record& t) const {
    const bool asked_for = t.status == transfer_status::voided ||
                           (t.status == transfer_status::posted && t.held.has_value());
    if (!asked_for) return;
    EXPECT_TRUE(admitted_ends_.contains({t.id, t.status}))
        << t.id.str() << " is " << to_string(t.status) << " though each such request was refused";
  }

  std::map<transfer_id, transfer_record> asked_;
  std::set<transfer_id> acknowledged_;
  std::set<transfer_id> admitted_;
  std::map<transfer_id, transfer_status> ended_as_;
  std::set<std::pair<transfer_id, transfer_status>> admitted_ends_;
  std::vector<std::vector<transfer_id>> atomic_;
};

/// The stored data, checked against the ledger's invariants.
class stored_books {
 public:
  stored_books(ledger_reader& store, const context& ctx) : store_(store), ctx_(ctx) {
    transfer_filter every;
    every.limit = 1'000'000;
    const auto found = store_.list_transfers(ctx_, every).value();
    for (const auto& t : found.rows) transfers_.emplace(t.id, t);
  }

  const std::map<transfer_id, transfer_record>& transfers() const { return transfers_; }

  /// Each balance matches the stored transfers, and the history agrees.
  void expect_balances_of(const std::vector<account_id>& accounts) const {
    const auto expected = replayed();
    for (const account_id& id : accounts) {
      const auto a = store_.find_account(ctx_, id)->value();
      const auto found = expected.find(id);
      const balance_change b = found == expected.end() ? balance_change{} : found->second;
      EXPECT_EQ(a.posted, b.posted) << a.owner;
      EXPECT_EQ(a.pending_in, b.pending_in) << a.owner;
      EXPECT_EQ(a.pending_out, b.pending_out) << a.owner;
      const auto newest = store_.history(ctx_, id, 0, 1).value();
      if (!newest.rows.empty()) {
        EXPECT_EQ(newest.rows[0].balance_after, a.posted) << a.owner;
      }
      if (a.type == account_type::world) continue;
      EXPECT_GE(available(a), -a.overdraft_limit) << a.owner;
      if (a.status == account_status::closed) {
        EXPECT_TRUE(b.is_nothing()) << a.owner;
      }
    }
  }

  /// By the ledger's entries: each transfer's states go forward, and it ends at most once.
  void expect_each_ended_once() const {
    std::map<uuid, std::vector<entry_kind>> walks;
    for (const auto& e : store_.entries(ctx_, 0, 1'000'000).value())
      if (e.kind >= entry_kind::scheduled) walks[e.object].push_back(e.kind);
    EXPECT_EQ(walks.size(), transfers_.size());
    for (const auto& [id, t] : transfers_) {
      const auto& walk = walks[id];
      ASSERT_FALSE(walk.empty()) << id.str();
      for (std::size_t i = 1; i < walk.size(); ++i)
        EXPECT_TRUE(walk[i - 1] < walk[i] && walk[i - 1] <= entry_kind::pending)
            << id.str() << " went on after its end, or back";
      EXPECT_EQ(walk.back(), kind_of(t.status)) << id.str();
      if (t.held && t.status == transfer_status::posted) {
        EXPECT_LE(t.amount.minor, *t.held) << id.str();
      }
    }
  }

 private:
  static entry_kind kind_of(transfer_status s) {
    switch (s) {
      case transfer_status::scheduled: return entry_kind::scheduled;
      case transfer_status::pending: return entry_kind::pending;
      case transfer_status::posted: return entry_kind::posted;
      case transfer_status::voided: return entry_kind::voided;
      case transfer_status::expired: return entry_kind::expired;
      case transfer_status::rejected: return entry_kind::rejected;
    }
    return entry_kind::posted;
  }
  std::map<account_id, balance_change> replayed() const {
    std::map<account_id, balance_change> all;
    for (const auto& [id, t] : transfers_) {
      if (t.status == transfer_status::posted) {
        all[t.from].posted -= t.amount.minor;
        all[t.to].posted += t.amount.minor;
      } else if (t.status == transfer_status::pending) {
        all[t.from].pending_out += t.amount.minor;
        all[t.to].pending_in += t.amount.minor;
      }
    }
    return all;
  }

  ledger_reader& store_;
  const context& ctx_;
  std::map<transfer_id, transfer_record> transfers_;
};

}  // namespace lifeline::ledger::testing
