#include "bank/storage/postgres/view.hpp"

#include "bank/storage/postgres/columns.hpp"
#include "bank/storage/rules/record_rows.hpp"

namespace bank::storage {

using namespace lifeline::ledger;

namespace {

template <class Map>
auto find_in(Map& map, const typename Map::key_type& key) -> decltype(&map.begin()->second) {
  const auto it = map.find(key);
  return it == map.end() ? nullptr : &it->second;
}

std::string select(const char* columns, const char* from) {
  return std::string("SELECT ") + columns + from;
}
const std::string select_accounts =
    select(postgres_account_columns, " FROM accounts a WHERE a.id = ANY ($1::uuid[])");
const std::string select_transfers =
    select(postgres_transfer_columns, " FROM transfers t WHERE t.id = ANY ($1::uuid[])");
const std::string select_orders =
    select(postgres_order_columns, " FROM standing_orders o WHERE o.id = ANY ($1::uuid[])");
const std::string select_keys =
    "SELECT i.caller, i.key FROM unnest($1::text[], $2::text[]) u (caller, key)"
    " JOIN idempotency i ON i.caller = u.caller AND i.key = u.key";
const std::string select_refs =
    "SELECT a.owner, a.ref FROM unnest($1::text[], $2::text[]) u (owner, ref)"
    " JOIN accounts a ON a.ref = u.ref AND a.owner = u.owner";

template <class Names>
std::vector<postgres_argument> column_of(const Names& all) {
  postgres_column column;
  for (const auto& one : all) column.add(one);
  return {column.take()};
}

/// The pairs that exist.
std::set<books_view::text_pair> known_pairs(postgres_session& s, const std::string& statement,
                                            const std::set<books_view::text_pair>& pairs) {
  std::set<books_view::text_pair> found;
  if (pairs.empty()) return found;
  postgres_table<2> asked;
  for (const auto& [first, second] : pairs) asked.add(first, second);
  for (auto row = s.query(statement, asked.take()); row.next();)
    found.emplace(row.text(0), row.text(1));
  return found;
}

}  // namespace

postgres_view::names postgres_view::names_in(std::span<const entry> entries) {
  names n;
  const auto note = [&n](const auto& e) {
    using kind = std::decay_t<decltype(e)>;
    if constexpr (std::is_same_v<kind, claim_entry>) {
      n.keys.emplace(e.key.caller, e.key.key);
    } else if constexpr (requires { e.key; }) {
      if (e.key) n.keys.emplace(e.key->caller, e.key->key);
    }
    if constexpr (std::is_same_v<kind, open_entry>) {
      n.accounts.insert({e.account.id, world_account(e.account.unit)});
      if (e.account.ref) n.refs.emplace(e.account.owner, *e.account.ref);
    } else if constexpr (std::is_same_v<kind, transfer_entry>) {
      n.transfers.insert(e.transfer.id);
      n.accounts.insert({e.transfer.from, e.transfer.to});
    } else if constexpr (std::is_same_v<kind, resolve_entry>) {
      n.transfers.insert(e.transfer);
    } else if constexpr (std::is_same_v<kind, change_entry>) {
      n.accounts.insert(e.account);
    } else if constexpr (std::is_same_v<kind, open_order_entry>) {
      n.orders.insert(e.order.id);
      n.accounts.insert({e.order.from, e.order.to});
      n.opens_orders = true;
    } else if constexpr (std::is_same_v<kind, end_order_entry>) {
      n.orders.insert(e.order);
    } else if constexpr (std::is_same_v<kind, occur_entry>) {
      n.orders.insert(e.order);
      n.occurrences.push_back(e);
    }
  };
  for (const entry& e : entries) std::visit(note, e);
  return n;
}

void postgres_view::load(postgres_session& s, std::span<const entry> entries) {
  names n = names_in(entries);
  transfers_.clear();
  orders_.clear();
  last_order_ = 0;
  if (!n.orders.empty()) load_orders(s, n);
  if (!n.transfers.empty()) load_transfers(s, n);
  load_accounts(s, n);
  keys_ = known_pairs(s, select_keys, n.keys);
  refs_ = known_pairs(s, select_refs, n.refs);
}

void postgres_view::load_orders(postgres_session& s, names& n) {
  for (auto row = s.query(select_orders, column_of(n.orders)); row.next();) {
    standing_order o = order_in(row);
    n.accounts.insert({o.from, o.to});
    orders_.emplace(o.id, std::move(o));
  }
  for (const occur_entry& e : n.occurrences)
    if (const standing_order* o = find_order(e.order)) n.transfers.insert(occurrence_id(*o, e.due));
  if (!n.opens_orders) return;
  auto row = s.query("SELECT coalesce(max(number), 0) FROM standing_orders");
  if (row.next()) last_order_ = row.count(0);
}

void postgres_view::load_transfers(postgres_session& s, names& n) {
  for (auto row = s.query(select_transfers, column_of(n.transfers)); row.next();) {
    transfer_record t = record_in(row);
    if (is_open(t.status)) n.accounts.insert({t.from, t.to});
    transfers_.emplace(t.id, std::move(t));
  }
}

void postgres_view::load_accounts(postgres_session& s, const names& n) {
  if (accounts_.size() > most_accounts) accounts_.clear();
  postgres_column missing;
  for (const account_id& id : n.accounts)
    if (!accounts_.contains(id)) missing.add(id);
  if (missing.empty()) return;
  for (auto row = s.query(select_accounts, std::vector{missing.take()}); row.next();) {
    const account_record a = account_in(row);
    add_account({a.id, face_of(a), a.version});
  }
}

void postgres_view::keep(const batch_draft& d) {
  last_sequence_ = d.sequence;
  for (drafted_account* a : d.changed) a->version_before = a->face.version;
}

drafted_account* postgres_view::find_account(const account_id& id) {
  return find_in(accounts_, id);
}
drafted_account& postgres_view::add_account(drafted_account a) {
  return accounts_.emplace(a.id, a).first->second;
}
const transfer_record* postgres_view::find_transfer(const transfer_id& id) {
  return find_in(transfers_, id);
}
const standing_order* postgres_view::find_order(const standing_order_id& id) {
  return find_in(orders_, id);
}

}  // namespace bank::storage
