#include "bank/storage/sqlite/transfer_writer.hpp"

#include <utility>

namespace bank::storage {

using namespace lifeline::ledger;
using lifeline::wall_time;

namespace {

/// An account's history gets a mark after this many changes.
constexpr std::uint64_t changes_per_mark = 64;

std::string text_of(transfer_status s) { return std::string(to_string(s)); }

std::optional<std::int64_t> seconds_of(const std::optional<std::chrono::seconds>& s) {
  return s ? std::optional<std::int64_t>(s->count()) : std::nullopt;
}

/// Does it need a row of details, because it was not simply posted at once?
bool has_details(const transfer_record& t) {
  return t.two_phase || t.execute_at || t.reverses || t.expires_in ||
         t.first_sequence != t.sequence;
}

}  // namespace

sqlite_transfer_writer::sqlite_transfer_writer(SQLite::Database& db, sqlite_account_cache& accounts,
                                               batch_facts& facts)
    : accounts_(accounts),
      facts_(facts),
      finder_(db),
      find_id_(db, "SELECT 1 FROM transfers WHERE id = ?"),
      any_(db, "SELECT 1 FROM open_transfers LIMIT 1"),
      insert_(db,
              "INSERT INTO transfers (sequence, id, from_account, to_account, amount, currency,"
              " kind, memo, metadata, status, reason, created_at, posted_at, from_balance_after,"
              " to_balance_after, from_previous, to_previous)"
              " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
              " ON CONFLICT (id) DO NOTHING"),
      insert_details_(db,
                      "INSERT INTO transfer_details (sequence, first_sequence, two_phase,"
                      " expires_in, execute_at, reverses, held, expires_at)"
                      " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"),
      insert_mark_(db, "INSERT OR IGNORE INTO history_marks (account, sequence) VALUES (?, ?)"),
      insert_open_(db,
                   "INSERT INTO open_transfers (id, sequence, first_sequence, from_account,"
                   " to_account, amount, currency, kind, memo, metadata, status, created_at,"
                   " two_phase, expires_in, execute_at, reverses, expires_at, due_at)"
                   " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                   " ON CONFLICT (id) DO NOTHING"),
      delete_open_(db, "DELETE FROM open_transfers WHERE id = ?"),
      insert_entry_(db, "INSERT INTO transfer_entries (sequence, transfer, kind) VALUES (?, ?, ?)"),
      insert_openings_(db,
                       "INSERT INTO transfer_openings (account, sequence)"
                       " VALUES (?1, ?3), (?2, ?3)") {}

void sqlite_transfer_writer::begin(wall_time at, bool others_wrote) {
  at_ = at;
  if (others_wrote || any_open_) any_open_ = any_.exists();
}

bool sqlite_transfer_writer::exists(const transfer_id& id) {
  return find_id_.exists(id) || find_open(id);
}

std::optional<transfer_record> sqlite_transfer_writer::find_open(const transfer_id& id) {
  return any_open_ ? finder_.find_open(id) : std::nullopt;
}

bool sqlite_transfer_writer::add(const transfer_record& t, std::uint64_t sequence) {
  const bool ends = !is_open(t.status);
  if (ends ? find_open(t.id).has_value() : find_id_.exists(t.id)) return false;
  return begin(after_opening(t, sequence, at_));
}

bool sqlite_transfer_writer::write_down(const transfer_record& t, std::uint64_t sequence) {
  if (t.status != transfer_status::scheduled || find_id_.exists(t.id)) return false;
  const transfer_record opened = after_opening(t, sequence, at_);
  const auto s = change(opened, changes_of_opening(opened.status, opened.amount.minor));
  return s && write(opened, *s);
}

bool sqlite_transfer_writer::execute(const transfer_record& t, std::uint64_t sequence) {
  return begin(after_execution(t, sequence, at_));
}

bool sqlite_transfer_writer::begin(const transfer_record& t) {
  const auto s = change(t, changes_of_opening(t.status, t.amount.minor));
  return s && may_take_transfers(s->from_face, s->to_face) && write(t, *s);
}

bool sqlite_transfer_writer::end(const transfer_record& t, const resolution& r,
                                 std::uint64_t sequence) {
  if (!may_end(t, r)) return false;
  const auto s = change(t, changes_of(r, t.amount.minor));
  return s && write(after_resolution(t, r, sequence, at_), *s);
}

std::optional<sqlite_transfer_writer::sides> sqlite_transfer_writer::change(
    const transfer_record& t, const transfer_changes& changes) {
  sides s{accounts_.find(t.from), accounts_.find(t.to), {}, {}};
  if (s.from == nullptr || s.to == nullptr) return std::nullopt;
  s.from_face = s.from->face;
  s.to_face = s.to->face;
  if (!apply(s.from_face, s.to_face, t.amount.unit, changes)) return std::nullopt;
  return s;
}

bool sqlite_transfer_writer::write(const transfer_record& t, const sides& s) {
  if (t.first_sequence != t.sequence) remove_open(t.id);
  if (is_open(t.status) ? !write_open(t, s) : !write_ended(t, s)) return false;
  keep(s, t);
  facts_.add(t);
  return true;
}

bool sqlite_transfer_writer::write_ended(const transfer_record& t, const sides& s) {
  const bool posted = t.status == transfer_status::posted;
  static const std::string status_posted = text_of(transfer_status::posted);
  const std::string& status = posted ? status_posted : text_of(t.status);
  const bool inserted = insert_.run(t.sequence, t.id, s.from->number, s.to->number, t.amount.minor,
                                    t.amount.unit, t.kind, t.memo, t.metadata, status, t.reason,
                                    t.created_at, t.posted_at, s.from_face.posted, s.to_face.posted,
                                    posted ? s.from->last_transfer : std::uint64_t{0},
                                    posted ? s.to->last_transfer : std::uint64_t{0}) == 1;
  if (inserted && has_details(t))
    insert_details_.run(t.sequence, t.first_sequence, std::int64_t{t.two_phase},
                        seconds_of(t.expires_in), t.execute_at, t.reverses, t.held, t.expires_at);
  return inserted;
}

bool sqlite_transfer_writer::write_open(const transfer_record& t, const sides& s) {
  const std::string status = text_of(t.status);
  any_open_ = true;
  if (insert_open_.run(t.id, t.sequence, t.first_sequence, s.from->number, s.to->number,
                       t.amount.minor, t.amount.unit, t.kind, t.memo, t.metadata, status,
                       t.created_at, std::int64_t{t.two_phase}, seconds_of(t.expires_in),
                       t.execute_at, t.reverses, t.expires_at, due_at(t)) != 1)
    return false;
  insert_entry_.run(t.sequence, t.id, status);
  if (t.first_sequence == t.sequence)
    insert_openings_.run(s.from->number, s.to->number, t.sequence);
  return true;
}

void sqlite_transfer_writer::remove_open(const transfer_id& id) { delete_open_.run(id); }

void sqlite_transfer_writer::keep(const sides& s, const transfer_record& t) {
  const std::uint64_t posted_as = t.status == transfer_status::posted ? t.sequence : 0;
  keep(*s.from, s.from_face, posted_as);
  keep(*s.to, s.to_face, posted_as);
}

/// `posted_as`: the sequence of the transfer that becomes the newest of the account's history; 0:
/// none.
void sqlite_transfer_writer::keep(cached_account& a, const account_face& face,
                                  std::uint64_t posted_as) {
  if (face.version == a.face.version) return;
  accounts_.change(a, face, posted_as != 0 ? posted_as : a.last_transfer);
  if (face.version % changes_per_mark == 0 && a.last_transfer != 0)
    insert_mark_.run(a.number, a.last_transfer);
}

}  // namespace bank::storage
