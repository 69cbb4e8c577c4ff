#include "bank/storage/postgres/batch_rows.hpp"

namespace bank::storage {

using namespace lifeline::ledger;

namespace {

const std::string insert_accounts =
    "INSERT INTO accounts SELECT id, owner, type, currency, ref, status, overdraft_limit, posted,"
    " pending_in, pending_out, version, at_ms(created_at), $13::bigint"
    " FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],"
    " $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[])"
    " u (id, owner, type, currency, ref, status, overdraft_limit, posted, pending_in, pending_out,"
    " version, created_at)";
/// Direct transfers, changed accounts and the batch's own row.
const std::string write_rest =
    "WITH t AS (INSERT INTO transfers (id, sequence, first_sequence, from_account, to_account,"
    " amount, currency, kind, memo, metadata, status, created_at, posted_at, two_phase,"
    " from_balance_after, to_balance_after)"
    " SELECT id, sequence, sequence, from_account, to_account, amount, currency, kind, memo,"
    " metadata, 'posted', at_ms(created_at), (SELECT at_ms($25::bigint)), false,"
    " from_balance_after, to_balance_after"
    " FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::uuid[], $5::bigint[], $6::text[],"
    " $7::text[], $8::text[], $9::text[], $10::bigint[], $11::bigint[], $12::bigint[])"
    " u (id, sequence, from_account, to_account, amount, currency, kind, memo, metadata,"
    " created_at, from_balance_after, to_balance_after)),"
    " a AS (UPDATE accounts a SET status = u.status, overdraft_limit = u.overdraft_limit,"
    " posted = u.posted, pending_in = u.pending_in, pending_out = u.pending_out,"
    " version = u.version, made_by = $27::bigint FROM unnest($13::uuid[], $14::text[], "
    "$15::bigint[], $16::bigint[],"
    " $17::bigint[], $18::bigint[], $19::bigint[])"
    " u (id, status, overdraft_limit, posted, pending_in, pending_out, version)"
    " WHERE a.id = u.id AND a.version < u.version RETURNING 1),"
    " b AS (INSERT INTO batches VALUES ($20::bigint, $21::bigint, $22::bigint, $23::bigint,"
    " decode($24, 'hex'), at_ms($25::bigint), decode($26, 'hex'))),"
    " l AS (UPDATE ledger SET last_sequence = $23::bigint, head = decode($26, 'hex'),"
    " last_at = at_ms($25::bigint), next_at = at_ms($25::bigint) WHERE one = 1)"
    " SELECT count(*) FROM a";
const std::string insert_transfers =
    "INSERT INTO transfers SELECT id, sequence, first_sequence, from_account, to_account, amount,"
    " currency, kind, memo, metadata, status, reason, at_ms(created_at), at_ms(posted_at),"
    " two_phase, expires_in, at_ms(execute_at), reverses, held, at_ms(expires_at), at_ms(due_at),"
    " from_balance_after, to_balance_after"
    " FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::uuid[], $5::uuid[], $6::bigint[],"
    " $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::bigint[],"
    " $14::bigint[], $15::boolean[], $16::bigint[], $17::bigint[], $18::uuid[], $19::bigint[],"
    " $20::bigint[], $21::bigint[], $22::bigint[], $23::bigint[])"
    " u (id, sequence, first_sequence, from_account, to_account, amount, currency, kind, memo,"
    " metadata, status, reason, created_at, posted_at, two_phase, expires_in, execute_at, reverses,"
    " held, expires_at, due_at, from_balance_after, to_balance_after)";
const std::string update_transfers =
    "UPDATE transfers t SET sequence = u.sequence, amount = u.amount, status = u.status,"
    " reason = u.reason, posted_at = at_ms(u.posted_at), held = u.held,"
    " expires_at = at_ms(u.expires_at), due_at = at_ms(u.due_at),"
    " from_balance_after = u.from_balance_after, to_balance_after = u.to_balance_after"
    " FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[],"
    " $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[])"
    " u (id, sequence, amount, status, reason, posted_at, held, expires_at, due_at,"
    " from_balance_after, to_balance_after)"
    " WHERE t.id = u.id AND t.status IN ('scheduled', 'pending')";
const std::string insert_account_entries =
    "INSERT INTO account_entries SELECT sequence, account, kind, overdraft_limit,"
    " at_ms($5::bigint) FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::bigint[])"
    " u (sequence, account, kind, overdraft_limit)";
const std::string insert_transfer_entries =
    "INSERT INTO transfer_entries SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::text[])";
const std::string insert_keys =
    "INSERT INTO idempotency SELECT caller, key, decode(digest, 'hex'), object,"
    " at_ms($7::bigint), answer, behind FROM unnest($1::text[], $2::text[], $3::text[],"
    " $4::uuid[], $5::text[], $6::bigint[]) u (caller, key, digest, object, answer, behind)";
const std::string insert_orders =
    "INSERT INTO standing_orders SELECT number, id, seed, from_account, to_account, amount,"
    " currency, memo, every, at_ms(first_at), at_ms(last_at), made, at_ms(next_at),"
    " at_ms(created_at), at_ms(deleted_at)"
    " FROM unnest($1::bigint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::bigint[],"
    " $7::text[], $8::text[], $9::text[], $10::bigint[], $11::bigint[], $12::bigint[],"
    " $13::bigint[], $14::bigint[], $15::bigint[])"
    " u (number, id, seed, from_account, to_account, amount, currency, memo, every, first_at,"
    " last_at, made, next_at, created_at, deleted_at)";
const std::string update_orders =
    "UPDATE standing_orders o SET made = u.made, next_at = at_ms(u.next_at),"
    " deleted_at = at_ms(u.deleted_at)"
    " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])"
    " u (number, made, next_at, deleted_at) WHERE o.number = u.number";
const std::string insert_occurrences =
    "INSERT INTO occurrences SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])";

postgres_error not_as_found() {
  return {"a row of the ledger has changed since the batch read it", "23000", false};
}

/// Runs the statement if there are rows; it must change as many rows as it gets.
template <std::size_t N, class... More>
void put(postgres_session& s, const std::string& statement, postgres_table<N> rows,
         const More&... more) {
  if (rows.empty()) return;
  const std::size_t wanted = rows.rows();
  auto arguments = rows.take();
  (arguments.push_back(to_argument(more)), ...);
  if (s.query(statement, arguments).changed() != wanted) throw not_as_found();
}

std::optional<std::int64_t> stored_limit(const account_face& a) {
  if (a.type == account_type::world) return std::nullopt;
  return a.overdraft_limit;
}

void put_new_accounts(postgres_session& s, books_view& view, const batch_draft& d,
                      std::uint64_t made_by) {
  postgres_table<12> rows;
  for (const account_record& a : d.opened) {
    const account_face& now = view.find_account(a.id)->face;
    rows.add(a.id, a.owner, to_string(a.type), a.unit, a.ref, to_string(now.status),
             stored_limit(now), now.posted, now.pending_in, now.pending_out, now.version,
             a.created_at);
  }
  put(s, insert_accounts, std::move(rows), made_by);
}

postgres_table<7> changed_accounts(const batch_draft& d) {
  postgres_table<7> rows;
  for (const drafted_account* a : d.changed) {
    const account_face& now = a->face;
    if (a->version_before != 0)
      rows.add(a->id, to_string(now.status), stored_limit(now), now.posted, now.pending_in,
               now.pending_out, now.version);
  }
  return rows;
}

/// A transfer that this batch posts at once; most of its row follows from that.
bool is_direct(const transfer_record& t) {
  return t.status == transfer_status::posted && t.first_sequence == t.sequence && !t.two_phase &&
         !t.reason && !t.expires_in && !t.execute_at && !t.reverses && !t.held && !t.expires_at;
}

postgres_table<12> direct_transfers(const batch_draft& d) {
  postgres_table<12> rows;
  for (const auto& [t, from, to] : d.steps)
    if (is_direct(t))
      rows.add(t.id, t.sequence, t.from, t.to, t.amount.minor, t.amount.unit, t.kind, t.memo,
               t.metadata, t.created_at, from.posted, to.posted);
  return rows;
}

void put_other_transfers(postgres_session& s, const batch_draft& d) {
  postgres_table<23> added;
  postgres_table<11> changed;
  for (const batch_draft::step& last : d.steps) {
    const transfer_record& t = last.transfer;
    if (is_direct(t) || !d.is_last(last)) continue;
    std::optional<std::int64_t> from_after, to_after;
    if (!is_open(t.status)) {
      from_after = last.from.posted;
      to_after = last.to.posted;
    }
    const auto due = is_open(t.status) ? due_at(t) : std::nullopt;
    if (d.was_stored(t)) {
      changed.add(t.id, t.sequence, t.amount.minor, to_string(t.status), t.reason, t.posted_at,
                  t.held, t.expires_at, due, from_after, to_after);
      continue;
    }
    const auto expires_in =
        t.expires_in ? std::optional(std::int64_t{t.expires_in->count()}) : std::nullopt;
    added.add(t.id, t.sequence, t.first_sequence, t.from, t.to, t.amount.minor, t.amount.unit,
              t.kind, t.memo, t.metadata, to_string(t.status), t.reason, t.created_at, t.posted_at,
              t.two_phase, expires_in, t.execute_at, t.reverses, t.held, t.expires_at, due,
              from_after, to_after);
  }
  put(s, insert_transfers, std::move(added));
  put(s, update_transfers, std::move(changed));
}

void put_entries(postgres_session& s, const batch_draft& d) {
  postgres_table<4> of_accounts;
  for (const auto& e : d.account_entries) of_accounts.add(e.sequence, e.account, e.what, e.limit);
  put(s, insert_account_entries, std::move(of_accounts), d.at());
  postgres_table<3> of_transfers;
  for (const committed_entry& e : d.entries) {
    if (e.kind == entry_kind::scheduled)
      of_transfers.add(e.sequence, e.object, to_string(transfer_status::scheduled));
    if (e.kind == entry_kind::pending)
      of_transfers.add(e.sequence, e.object, to_string(transfer_status::pending));
  }
  put(s, insert_transfer_entries, std::move(of_transfers));
}

void put_keys(postgres_session& s, const batch_draft& d) {
  postgres_table<6> rows;
  for (const auto& k : d.keys)
    rows.add(k.key.caller, k.key.key, postgres_bytes{k.key.digest}, k.object, k.answer, k.behind);
  put(s, insert_keys, std::move(rows), d.at());
}

void put_orders(postgres_session& s, books_view& view, const batch_draft& d) {
  postgres_table<15> added;
  postgres_table<4> changed;
  for (const auto& [number, o] : d.orders) {
    if (view.find_order(o.id) != nullptr)
      changed.add(number, o.made, o.next_at, o.deleted_at);
    else
      added.add(number, o.id, o.seed, o.from, o.to, o.amount.minor, o.amount.unit, o.memo,
                to_string(o.schedule.every), o.schedule.first_at, o.schedule.last_at, o.made,
                o.next_at, o.created_at, o.deleted_at);
  }
  put(s, insert_orders, std::move(added));
  put(s, update_orders, std::move(changed));
  postgres_table<3> made;
  for (const auto& o : d.occurrences) made.add(o.order, o.place, o.sequence);
  put(s, insert_occurrences, std::move(made));
}

void put_rest(postgres_session& s, const batch_draft& d, const batch_seal& seal) {
  auto accounts = changed_accounts(d);
  const auto wanted = static_cast<std::int64_t>(accounts.rows());
  const auto outcomes =
      seal.outcomes ? std::optional(postgres_bytes{*seal.outcomes}) : std::nullopt;
  auto arguments = direct_transfers(d).take();
  for (auto& column : accounts.take()) arguments.push_back(std::move(column));
  const batch_span& b = seal.span;
  for (auto& one :
       {to_argument(b.id.epoch), to_argument(b.id.number), to_argument(b.first_sequence),
        to_argument(b.last_sequence), to_argument(outcomes), to_argument(b.at),
        to_argument(seal.head), to_argument(mark_of(seal.head))})
    arguments.push_back(one);
  auto row = s.query(write_rest, arguments);
  if (!row.next() || row.integer(0) != wanted) throw not_as_found();
}

}  // namespace

void write_draft(postgres_session& s, books_view& view, const batch_draft& d,
                 const batch_seal& seal) {
  put_new_accounts(s, view, d, mark_of(seal.head));
  put_other_transfers(s, d);
  put_entries(s, d);
  put_orders(s, view, d);
  put_keys(s, d);
  put_rest(s, d, seal);
}

}  // namespace bank::storage
