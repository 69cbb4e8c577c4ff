#pragma once

#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "lifeline/ledger/batch.hpp"
#include "lifeline/ledger/ledger_reader.hpp"

namespace bank::storage::tests {

/// A simple bank: values in maps, copied before each batch. It is independent of the stores and the
/// model for random tests.
struct naive_bank {
  using id_type = lifeline::ledger::uuid;
  struct row {
    lifeline::ledger::transfer_record transfer;
    std::map<id_type, std::int64_t> balances_after;
  };

  std::uint64_t epoch = 0;
  std::uint64_t sequence = 0;
  lifeline::wall_time last_at{};
  std::map<id_type, lifeline::ledger::account_record> accounts;
  std::vector<row> rows;
  std::map<id_type, lifeline::ledger::transfer_record> transfers;
  std::map<std::pair<std::string, std::string>, lifeline::ledger::key_record> keys;

  lifeline::ledger::commit_result commit(const lifeline::ledger::batch& b) {
    using namespace lifeline::ledger;
    if (b.id.epoch != epoch) return commit_error::fenced;
    const naive_bank before = *this;
    committed_batch done;
    done.at = last_at = std::max(last_at, b.at);
    for (const entry& e : b.entries) {
      const auto outcome = std::visit([&](const auto& x) { return add(x, done.at); }, e);
      if (!outcome) {
        *this = before;
        return commit_error::violated;
      }
      const bool committed = *outcome == entry_outcome::committed;
      done.results.push_back({*outcome, committed ? sequence : 0});
    }
    return done;
  }

 private:
  using verdict = std::optional<lifeline::ledger::entry_outcome>;

  verdict add(const lifeline::ledger::open_entry& e, lifeline::wall_time at) {
    using namespace lifeline::ledger;
    if (accounts.contains(e.account.id)) return entry_outcome::duplicate_id;
    if (key_used(e.key)) return entry_outcome::duplicate_key;
    for (const auto& [id, a] : accounts)
      if (a.ref && a.owner == e.account.owner && a.ref == e.account.ref)
        return entry_outcome::duplicate_ref;
    account_record world;
    world.id = world_account(e.account.unit);
    world.type = account_type::world;
    world.unit = e.account.unit;
    world.created_at = at;
    accounts.emplace(world.id, world);
    accounts[e.account.id] = e.account;
    accounts[e.account.id].created_at = at;
    return committed(e.key, e.account.id);
  }

  /// Random histories have no groups; they have a suite of their own.
  static verdict add(const lifeline::ledger::group_entry&, lifeline::wall_time) { return {}; }

  verdict add(const lifeline::ledger::transfer_entry& e, lifeline::wall_time at) {
    using namespace lifeline::ledger;
    const auto known = transfers.find(e.transfer.id);
    if (e.expects) {
      if (known == transfers.end() || known->second.status != transfer_status::scheduled)
        return entry_outcome::wrong_state;
      transfer_record t = known->second;
      t.status = e.transfer.status;
      return begin(t, {}, at);
    }
    if (known != transfers.end()) {
      if (same_content(known->second, e.transfer)) keep_if_new(e.key, e.transfer.id);
      return entry_outcome::duplicate_id;
    }
    if (key_used(e.key)) return entry_outcome::duplicate_key;
    transfer_record t = e.transfer;
    t.first_sequence = sequence + 1;
    t.created_at = at;
    return begin(t, e.key, at);
  }

  verdict begin(lifeline::ledger::transfer_record t,
                const std::optional<lifeline::ledger::idempotency_key>& key,
                lifeline::wall_time at) {
    using namespace lifeline::ledger;
    if (!accounts.contains(t.from) || !accounts.contains(t.to)) return std::nullopt;
    account_record& from = accounts[t.from];
    account_record& to = accounts[t.to];
    if (from.unit != t.amount.unit || to.unit != t.amount.unit) return std::nullopt;
    if (from.status == account_status::closed || to.status == account_status::closed)
      return std::nullopt;
    if (t.status != transfer_status::scheduled) {
      const std::int64_t free = from.posted - from.pending_out - t.amount.minor;
      if (free < -from.overdraft_limit && from.type != account_type::world) return std::nullopt;
      ++from.version;
      ++to.version;
    }
    t.expires_at.reset();
    if (t.status == transfer_status::pending) {
      if (t.expires_in) t.expires_at = at + *t.expires_in;
      t.held = t.amount.minor;
      from.pending_out += t.amount.minor;
      to.pending_in += t.amount.minor;
    }
    if (t.status == transfer_status::posted) move(t, at);
    return keep(t, key);
  }

  verdict add(const lifeline::ledger::resolve_entry& e, lifeline::wall_time at) {
    using namespace lifeline::ledger;
    const auto known = transfers.find(e.transfer);
    if (known == transfers.end()) return entry_outcome::wrong_state;
    transfer_record t = known->second;
    if (t.status != e.what.expects || t.posted_at) {
      const bool same_amount = t.held && t.amount.minor == e.what.minor;
      const bool posted = e.what.becomes == transfer_status::posted;
      if (t.status == e.what.becomes && (!posted || same_amount)) keep_if_new(e.key, e.transfer);
      return entry_outcome::wrong_state;
    }
    if (key_used(e.key)) return entry_outcome::duplicate_key;
    t.status = e.what.becomes;
    t.reason = e.what.reason;
    if (t.held) {
      account_record& from = accounts[t.from];
      account_record& to = accounts[t.to];
      from.pending_out -= *t.held;
      to.pending_in -= *t.held;
      ++from.version;
      ++to.version;
      if (t.status == transfer_status::posted) {
        t.amount.minor = e.what.minor;
        move(t, at);
      }
    }
    return keep(t, e.key);
  }

  void move(lifeline::ledger::transfer_record& t, lifeline::wall_time at) {
    accounts[t.from].posted -= t.amount.minor;
    accounts[t.to].posted += t.amount.minor;
    t.posted_at = at;
  }

  verdict keep(lifeline::ledger::transfer_record t,
               const std::optional<lifeline::ledger::idempotency_key>& key) {
    const auto done = committed(key, t.id);
    t.sequence = sequence;
    transfers[t.id] = t;
    if (t.status == lifeline::ledger::transfer_status::posted)
      rows.push_back({t, {{t.from, accounts[t.from].posted}, {t.to, accounts[t.to].posted}}});
    return done;
  }

  void keep_if_new(const std::optional<lifeline::ledger::idempotency_key>& k, const id_type& id) {
    if (k && !key_used(k)) keys[{k->caller, k->key}] = {k->digest, id};
  }

  /// Without standing orders: their model is in tests/ledger.
  template <class OrderEntry>
  static verdict add(const OrderEntry&, lifeline::wall_time) {
    return std::nullopt;
  }

  verdict add(const lifeline::ledger::change_entry& e, lifeline::wall_time) {
    using namespace lifeline::ledger;
    const auto found = accounts.find(e.account);
    if (found == accounts.end()) return std::nullopt;
    account_record& a = found->second;
    const bool as_expected = a.status == e.expected_status && a.overdraft_limit == e.expected_limit;
    if (a.type == account_type::world || a.status == account_status::closed || !as_expected)
      return std::nullopt;
    if (e.change.status == account_status::closed &&
        (a.posted != 0 || a.pending_in != 0 || a.pending_out != 0))
      return std::nullopt;
    const std::int64_t limit = e.change.overdraft_limit.value_or(a.overdraft_limit);
    if (limit < 0 || (a.posted - a.pending_out + limit < 0 && limit < a.overdraft_limit))
      return std::nullopt;
    if (e.change.status) a.status = *e.change.status;
    a.overdraft_limit = limit;
    ++a.version;
    return committed(std::nullopt, e.account);
  }

  bool key_used(const std::optional<lifeline::ledger::idempotency_key>& k) const {
    return k && keys.contains({k->caller, k->key});
  }

  verdict committed(const std::optional<lifeline::ledger::idempotency_key>& k, const id_type& id) {
    ++sequence;
    if (k) keys[{k->caller, k->key}] = {k->digest, id};
    return lifeline::ledger::entry_outcome::committed;
  }
};

}  // namespace bank::storage::tests
