#include "bank/storage/postgres/verify.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <unordered_map>

#include "bank/storage/migration.hpp"
#include "bank/storage/postgres/columns.hpp"
#include "bank/storage/postgres/cursor.hpp"
#include "bank/storage/postgres/opening.hpp"
#include "bank/storage/postgres/row_checks.hpp"
#include "bank/storage/rules/batch_outcomes.hpp"
#include "bank/storage/rules/record_rows.hpp"
#include "bank/storage/rules/replay.hpp"
#include "bank/storage/startup_error.hpp"
#include "lifeline/ledger/batch_hash.hpp"

namespace bank::storage {

using namespace lifeline::ledger;
using rows = postgres_rows;

namespace {

constexpr std::uint64_t past_the_end = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t entries_between_words = 8'192;

const std::string select_accounts =
    std::string("SELECT ") + postgres_account_columns +
    ", (SELECT coalesce(max(sequence), 0) FROM transfers WHERE from_account = a.id AND status ="
    " 'posted'), (SELECT coalesce(max(sequence), 0) FROM transfers WHERE to_account = a.id AND"
    " status = 'posted') FROM accounts a";
/// Ended transfers as stored; open ones and openings as requested, because a transfer that was
/// posted in part no longer has its requested amount.
const std::string select_ends = std::string("SELECT ") + postgres_transfer_columns +
                                ", t.from_balance_after, t.to_balance_after FROM transfers t"
                                " WHERE t.status NOT IN ('scheduled', 'pending')"
                                " ORDER BY t.sequence";
const std::string select_openings =
    "SELECT e.sequence, t.id, t.from_account, t.to_account, coalesce(t.held, t.amount), t.currency,"
    " t.kind, t.memo, t.metadata, e.kind, NULL, ms_of(t.created_at), NULL, t.two_phase::int,"
    " t.expires_in, ms_of(t.execute_at), t.reverses, NULL, ms_of(t.expires_at), t.first_sequence,"
    " EXISTS (SELECT 1 FROM occurrences p WHERE p.sequence = e.sequence)"
    " FROM transfer_entries e JOIN transfers t ON t.id = e.transfer ORDER BY e.sequence";
const std::string select_account_entries =
    "SELECT e.sequence, ms_of(e.at), e.kind, e.overdraft_limit, a.id, a.owner, a.type, a.currency,"
    " a.ref, ms_of(a.created_at) FROM account_entries e JOIN accounts a ON a.id = e.account"
    " ORDER BY e.sequence";
const std::string select_open_ones = std::string("SELECT ") + postgres_transfer_columns +
                                     " FROM transfers t"
                                     " WHERE t.status IN ('scheduled', 'pending') ORDER BY t.id";
const std::string select_batches =
    "SELECT b.epoch, b.number, b.first_sequence, b.last_sequence, b.outcomes, ms_of(b.at), b.hash,"
    " ms_of(greatest(b.at, f.floor)) FROM batches b LEFT JOIN time_floors f ON f.epoch = b.epoch"
    " ORDER BY b.epoch, b.number";

/// The ledger's entries in order of their sequences, merged from three tables.
class entry_stream {
 public:
  enum class table : std::uint8_t { ends, openings, accounts };

  entry_stream(postgres_session& s, const std::string& name)
      : ends_(s, name + "_ends", select_ends),
        openings_(s, name + "_openings", select_openings),
        accounts_(s, name + "_accounts", select_account_entries) {}

  /// The next entry's sequence.
  std::uint64_t place() const { return *std::ranges::min_element(next_); }
  table from() const { return static_cast<table>(std::ranges::min_element(next_) - next_.begin()); }
  const rows& row() const { return all_[index()]->row(); }
  void advance() { next_[index()] = sequence_of(*all_[index()]); }

 private:
  std::size_t index() const { return static_cast<std::size_t>(from()); }
  static std::uint64_t sequence_of(postgres_cursor& c) {
    return c.next() ? c.row().count(0) : past_the_end;
  }

  postgres_cursor ends_, openings_, accounts_;
  std::array<postgres_cursor*, 3> all_{&ends_, &openings_, &accounts_};
  std::array<std::uint64_t, 3> next_{sequence_of(ends_), sequence_of(openings_),
                                     sequence_of(accounts_)};
};

account_record opened_in(const rows& row) {
  account_record a;
  a.id = account_id(row.id(4));
  a.owner = row.text(5);
  a.type = account_type_in<rows>(row.text(6));
  a.unit = currency_in<rows>(row.text(7));
  a.ref = row.text_or_null(8);
  a.overdraft_limit = row.integer(3);
  a.created_at = row.time(9);
  return a;
}

std::optional<std::int64_t> limit_in(const rows& row) {
  return row.null(3) ? std::nullopt : std::optional(row.integer(3));
}

/// One verification over one session, inside one transaction; each step is one kind of check.
class ledger_walk {
 public:
  ledger_walk(postgres_session& s, const on_verify_progress& progress)
      : s_(s), progress_(progress) {}

  verification walk() {
    auto end = s_.run("SELECT epoch, last_sequence, head, ms_of(last_at) FROM ledger");
    if (!end.next()) rows::damaged("the ledger's own row is missing");
    epoch_ = end.count(0);
    last_sequence_ = end.count(1);
    head_ = end.hash(2);
    last_at_ = end.time(3);
    verification found;
    found.broken = first_break();
    found.accounts = replay_.accounts();
    found.transfers = replay_.transfers();
    found.sequence = replay_.last_sequence();
    found.chain = chain_;
    return found;
  }

 private:
  struct step {
    const char* name;
    finding (*check)(ledger_walk&);
  };

  finding first_break() {
    static constexpr std::array steps{
        step{"entries", [](ledger_walk& w) { return w.check_entries(); }},
        step{"transfers", [](ledger_walk& w) { return check_transfer_rows(w.s_); }},
        step{"standing orders", [](ledger_walk& w) { return check_orders(w.s_); }},
        step{"batches", [](ledger_walk& w) { return w.check_batches(); }},
        step{"keys", [](ledger_walk& w) { return check_keys(w.s_); }},
        step{"hashes", [](ledger_walk& w) { return w.check_hashes(); }},
    };
    for (const step& one : steps) {
      step_ = one.name;
      progress_({step_, 0, 0});
      if (auto wrong = one.check(*this)) return wrong;
    }
    return std::nullopt;
  }

  /// The replay identifies accounts by number.
  std::int64_t number_of(const uuid& id) {
    return numbers_.emplace(account_id(id), static_cast<std::int64_t>(numbers_.size()) + 1)
        .first->second;
  }

  void load_accounts() {
    postgres_cursor all(s_, "all_accounts", select_accounts);
    while (all.next()) {
      replayed_account a;
      a.stored = account_in(all.row());
      a.stored_limit = all.row().null(6) ? std::nullopt : std::optional(all.row().integer(6));
      a.stored_last = std::max(all.row().count(12), all.row().count(13));
      const std::int64_t number = number_of(a.stored.id);
      replay_.add(number, std::move(a));
    }
  }

  stored_terms terms_of(const transfer_record& t) {
    return {t.id, number_of(t.from), number_of(t.to), std::string(t.amount.unit.code()),
            t.first_sequence};
  }
  stored_opening opening_of(const transfer_record& t) {
    return {t.sequence, terms_of(t), std::string(to_string(t.status)), t.amount.minor};
  }

  /// This store has no link from a transfer to the previous one: it is the last one seen.
  finding apply_end(const rows& row) {
    const transfer_record t = record_in(row);
    stored_transfer stored;
    stored.sequence = t.sequence;
    stored.terms = terms_of(t);
    stored.amount = t.amount.minor;
    stored.held = t.held;
    stored.status = to_string(t.status);
    stored.has_time = t.posted_at.has_value();
    const bool posted = t.status == transfer_status::posted;
    stored.from = {row.integer(columns_of_transfer), posted ? last_of_[t.from] : 0};
    stored.to = {row.integer(columns_of_transfer + 1), posted ? last_of_[t.to] : 0};
    if (posted) last_of_[t.from] = last_of_[t.to] = t.sequence;
    return replay_.apply(stored);
  }

  finding apply_opening(const rows& row) {
    const stored_opening o = opening_of(record_in(row));
    return row.text(columns_of_transfer) == "t" ? replay_.apply_occurrence(o) : replay_.apply(o);
  }

  finding apply_account_entry(const rows& row) {
    return replay_.apply(
        stored_account_entry{row.count(0), number_of(row.id(4)), row.text(2), limit_in(row)});
  }

  finding apply(const entry_stream& entries) {
    switch (entries.from()) {
      case entry_stream::table::ends: return apply_end(entries.row());
      case entry_stream::table::openings: return apply_opening(entries.row());
      case entry_stream::table::accounts: break;
    }
    return apply_account_entry(entries.row());
  }

  finding check_entries() {
    load_accounts();
    for (entry_stream entries(s_, "replay"); entries.place() != past_the_end; entries.advance()) {
      if (auto wrong = apply(entries)) return wrong;
      tell(replay_.last_sequence());
    }
    if (replay_.last_sequence() != last_sequence_)
      return "the ledger ends at " + std::to_string(replay_.last_sequence()) +
             ", but its row says " + std::to_string(last_sequence_);
    postgres_cursor open(s_, "open_now", select_open_ones);
    while (open.next())
      if (auto wrong = replay_.check_open(opening_of(record_in(open.row())))) return wrong;
    return replay_.end();
  }

  void tell(std::uint64_t done) {
    if (done < told_ + entries_between_words && done >= told_) return;
    told_ = done;
    progress_({step_, done, last_sequence_});
  }

  finding check_batches() {
    postgres_cursor all(s_, "all_batches", select_batches);
    std::uint64_t last = 0;
    lifeline::wall_time last_at{};
    for (; all.next(); last = all.row().count(3), last_at = all.row().time(7)) {
      const rows& row = all.row();
      const std::string named =
          "batch " + std::to_string(row.count(0)) + "/" + std::to_string(row.count(1));
      if (row.count(0) > epoch_) return named + " has an epoch that has not started";
      if (row.count(2) != last + 1)
        return named + " begins at " + std::to_string(row.count(2)) +
               ", but the previous one ends at " + std::to_string(last);
      if (row.time(7) < last_at) return named + " is older than the previous one";
      const auto outcomes = row.bytes_or_null(4);
      const auto kept = outcomes ? std::ranges::count(*outcomes, '\0') : 0;
      if (outcomes && static_cast<std::uint64_t>(kept) != row.count(3) + 1 - row.count(2))
        return named + " does not have as many entries as its row says";
    }
    if (last_at != last_at_) return "the ledger's time differs from the time of its last batch";
    if (last == last_sequence_) return std::nullopt;
    return "the batches end at " + std::to_string(last) + ", the ledger at " +
           std::to_string(last_sequence_);
  }

  static void add_facts(batch_facts& facts, const entry_stream& entries) {
    const rows& row = entries.row();
    if (entries.from() != entry_stream::table::accounts) return facts.add(record_in(row));
    if (row.text(2) == "opened")
      return facts.add_opening(row.count(0), row.time(1), opened_in(row));
    facts.add_change(row.count(0), row.time(1), account_id(row.id(4)), row.text(2), limit_in(row));
  }

  finding check_hashes() {
    chain_audit audit(1);
    entry_stream entries(s_, "hashed");
    postgres_cursor all(s_, "hashed_batches", select_batches);
    batch_facts facts;
    while (all.next()) {
      const rows& row = all.row();
      stored_batch b;
      b.span = {{row.count(0), row.count(1)}, row.count(2), row.count(3), row.time(5)};
      b.results = results_of(row.count(2), row.count(3), row.bytes_or_null(4));
      b.hash = row.hash(6);
      facts.clear();
      for (; entries.place() <= b.span.last_sequence; entries.advance()) add_facts(facts, entries);
      if (auto wrong = audit.add(b, facts)) return wrong;
      chain_ = {audit.first_sequence(), audit.last_sequence(), audit.head()};
      tell(b.span.last_sequence);
    }
    return audit.end(head_);
  }

  postgres_session& s_;
  const on_verify_progress& progress_;
  chain_cover chain_;
  std::string_view step_;
  std::uint64_t epoch_ = 0;
  std::uint64_t last_sequence_ = 0;
  std::uint64_t told_ = 0;
  chain_hash head_{};
  lifeline::wall_time last_at_{};
  ledger_replay replay_;
  std::unordered_map<account_id, std::int64_t> numbers_;
  std::unordered_map<account_id, std::uint64_t> last_of_;
};

void require_schema(const std::string& url) {
  const int found = schema_of_postgres(url);
  const int newest = postgres_migrations().back().number;
  if (found == newest) return;
  throw startup_error("the PostgreSQL database has schema " + std::to_string(found) +
                      ", but this program needs schema " + std::to_string(newest) +
                      (found < newest ? ": run bank-node migrate first"
                                      : ": run the newer bank-node that wrote it"));
}

}  // namespace

result<verification> verify_postgres_ledger(const context& ctx, const std::string& url,
                                            const on_verify_progress& progress) {
  require_schema(url);
  postgres_database database({url, 1});
  return database.read(ctx, [&](postgres_session& s) {
    try {
      return ledger_walk(s, progress).walk();
    } catch (const postgres_error& e) {
      if (e.state() != "XX001") throw;
      verification found;
      found.broken = e.what();
      return found;
    }
  });
}

}  // namespace bank::storage
