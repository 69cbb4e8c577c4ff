#include "bank/storage/rules/verify.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>

#include "bank/storage/rules/batch_outcomes.hpp"
#include "bank/storage/rules/record_rows.hpp"
#include "lifeline/ledger/core/batch_hash.hpp"

namespace bank::storage {

using namespace lifeline::ledger;

namespace {

constexpr std::uint64_t entries_between_words = 8'192;

struct damaged_ledger : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::string digits(std::uint64_t n) { return std::to_string(n); }

std::string named(const batch_span& b) {
  return "batch " + digits(b.id.epoch) + "/" + digits(b.id.number);
}

std::string named(const standing_order& o) { return "standing order " + o.id.str(); }

struct ledger_end {
  std::uint64_t epoch = 0;
  std::uint64_t last_sequence = 0;
  lifeline::wall_time last_at{};
  chain_hash head{};
  std::uint64_t chain_begins = 1;
};

ledger_end end_of(const verify_source& source) {
  const auto row = source.run(source.queries.end);
  if (!row->next()) stored_rows::damaged("the ledger's own row is missing");
  return {row->count(0), row->count(1), row->time(2), row->hash(3), row->count(4)};
}

replayed_account replayed_in(const stored_rows& row) {
  replayed_account a;
  a.stored = account_in(row);
  a.stored_limit = row.integer_or_null(6);
  a.stored_last = row.count(columns_of_account);
  return a;
}

/// Damaged texts stay what they are, so that the replay can name the entry.
stored_terms terms_in(const stored_rows& row) {
  return {transfer_id(row.id(1)), account_id(row.id(2)), account_id(row.id(3)), row.text(5),
          row.count(19)};
}

stored_opening opening_in(const stored_rows& row) {
  return {row.count(0), terms_in(row), row.text(9), row.integer(4)};
}

stored_transfer end_in(const stored_rows& row) {
  constexpr int more = columns_of_transfer;
  stored_transfer t;
  t.sequence = row.count(0);
  t.terms = terms_in(row);
  t.amount = row.integer(4);
  t.status = row.text(9);
  t.has_time = !row.null(12);
  t.held = row.integer_or_null(17);
  t.from = {row.integer(more), row.count_or_null(more + 2)};
  t.to = {row.integer(more + 1), row.count_or_null(more + 3)};
  return t;
}

stored_account_entry account_entry_in(const stored_rows& row) {
  return {row.count(0), account_id(row.id(4)), row.text(2), row.integer_or_null(3)};
}

void add_account_entry(batch_facts& facts, const stored_rows& row) {
  const account_id id(row.id(4));
  if (row.text(2) != "opened")
    return facts.add_change(row.count(0), row.time(1), id, row.text(2), row.integer_or_null(3));
  account_record a;
  a.id = id;
  a.owner = row.text(5);
  a.type = account_type_in<stored_rows>(row.text(6));
  a.unit = currency_in<stored_rows>(row.text(7));
  a.ref = row.text_or_null(8);
  a.overdraft_limit = row.integer(3);
  a.created_at = row.time(9);
  facts.add_opening(row.count(0), row.time(1), a);
}

stored_batch batch_in(const stored_rows& row) {
  stored_batch b;
  b.span = {{row.count(0), row.count(1)}, row.count(2), row.count(3), row.time(5)};
  if (!row.null(6)) b.hash = row.hash(6);
  return b;
}

std::optional<std::string> outcomes_in(const stored_rows& row) {
  return row.null(4) ? std::nullopt : std::optional(row.bytes(4));
}

/// The ledger's entries in order of their sequences, merged from three tables.
class entry_stream {
 public:
  explicit entry_stream(const verify_source& source)
      : all_{source.run(source.queries.ends), source.run(source.queries.openings),
             source.run(source.queries.account_entries)} {
    std::ranges::transform(all_, next_.begin(), sequence_of);
  }

  bool at_end() const { return place() == past_the_end; }
  /// The next entry's sequence.
  std::uint64_t place() const { return *std::ranges::min_element(next_); }
  void advance() { next_[from()] = sequence_of(all_[from()]); }

  finding apply_to(ledger_replay& replay) const {
    const stored_rows& row = *all_[from()];
    if (from() == ends) return replay.apply(end_in(row));
    if (from() == account_entries) return replay.apply(account_entry_in(row));
    const bool of_an_order = row.integer(columns_of_transfer) != 0;
    return of_an_order ? replay.apply_occurrence(opening_in(row)) : replay.apply(opening_in(row));
  }
  void add_to(batch_facts& facts) const {
    const stored_rows& row = *all_[from()];
    from() == account_entries ? add_account_entry(facts, row) : facts.add(record_in(row));
  }

 private:
  static constexpr std::uint64_t past_the_end = std::numeric_limits<std::uint64_t>::max();
  static constexpr std::size_t ends = 0;
  static constexpr std::size_t account_entries = 2;

  std::size_t from() const {
    return static_cast<std::size_t>(std::ranges::min_element(next_) - next_.begin());
  }
  static std::uint64_t sequence_of(const std::unique_ptr<stored_rows>& rows) {
    return rows->next() ? rows->count(0) : past_the_end;
  }

  std::array<std::unique_ptr<stored_rows>, 3> all_;
  std::array<std::uint64_t, 3> next_{};
};

bool is_that(const stored_rows& row, const standing_order& o, lifeline::wall_time due) {
  return row.text(3) == to_string(transfer_status::scheduled) &&
         row.id(4) == occurrence_id(o, due) && row.time_or_null(5) == due &&
         row.count(6) == row.count(2) && row.integer(7) == o.amount.minor &&
         row.text(8) == o.amount.unit.code() && row.id(9) == o.from && row.id(10) == o.to &&
         row.text_or_null(11) == o.memo;
}

/// Checks the occurrences of orders, which come by number, as their rows do.
class occurrence_check {
 public:
  explicit occurrence_check(const verify_source& source)
      : rows_(source.run(source.queries.occurrences)) {}

  finding check(const standing_order& o) {
    std::uint64_t place = 0;
    std::uint64_t last = 0;
    for (; there_ && rows_->count(0) <= o.number; there_ = rows_->next()) {
      if (rows_->count(0) < o.number) continue;
      if (auto wrong = check(o, place++, last)) return wrong;
      last = rows_->count(2);
    }
    if (place == o.made) return std::nullopt;
    return named(o) + " made " + digits(place) + " occurrences, but is stored with " +
           digits(o.made);
  }

 private:
  finding check(const standing_order& o, std::uint64_t place, std::uint64_t last) const {
    const std::string which = "occurrence " + digits(rows_->count(1)) + " of " + named(o);
    if (rows_->count(1) != place) return which + " follows " + digits(place) + " others";
    const auto due = o.schedule.at(place);
    if (!due) return which + " is after the end of its schedule";
    if (rows_->count(2) <= last) return which + " was made earlier than the previous one";
    if (!is_that(*rows_, o, *due)) return which + " has another content than its standing order";
    return std::nullopt;
  }

  std::unique_ptr<stored_rows> rows_;
  bool there_ = rows_->next();
};

/// One verification; each step is one kind of check.
class ledger_walk {
 public:
  ledger_walk(const verify_source& source, const on_verify_progress& progress)
      : source_(source), progress_(progress) {}

  verification walk() {
    verification found;
    try {
      end_ = end_of(source_);
      found.broken = first_break();
    } catch (const damaged_ledger& e) {
      found.broken = e.what();
    }
    found.accounts = replay_.accounts();
    found.transfers = replay_.transfers();
    found.sequence = replay_.last_sequence();
    found.chain = chain_;
    return found;
  }

 private:
  /// Without a check of its own, a step has only the store's.
  struct step {
    std::string_view name;
    finding (ledger_walk::*check)() = nullptr;
  };

  finding first_break() {
    static constexpr step steps[] = {
        {"file"},       {"identifiers"},
        {"references"}, {"entries", &ledger_walk::check_entries},
        {"transfers"},  {"standing orders", &ledger_walk::check_orders},
        {"histories"},  {"batches", &ledger_walk::check_batches},
        {"keys"},       {"hashes", &ledger_walk::check_hashes}};
    for (const step& s : steps)
      if (auto wrong = check(s)) return wrong;
    return std::nullopt;
  }

  finding check(const step& s) {
    const auto of_step = [&](const row_check& c) { return c.step == s.name; };
    const auto all = source_.queries.checks;
    if (s.check == nullptr && std::ranges::none_of(all, of_step)) return std::nullopt;
    step_ = s.name;
    progress_({step_, 0, 0});
    for (const row_check& c : all) {
      if (!of_step(c)) continue;
      const auto violation = source_.run(c.query);
      if (violation->next()) return violation->text(0);
    }
    return s.check == nullptr ? std::nullopt : (this->*s.check)();
  }

  finding check_entries() {
    const auto account = source_.run(source_.queries.accounts);
    while (account->next()) replay_.add(replayed_in(*account));
    for (entry_stream entries(source_); !entries.at_end(); entries.advance()) {
      if (auto wrong = entries.apply_to(replay_)) return wrong;
      tell(replay_.last_sequence());
    }
    if (replay_.last_sequence() != end_.last_sequence)
      return "the ledger ends at " + digits(replay_.last_sequence()) + ", but its row says " +
             digits(end_.last_sequence);
    const auto open = source_.run(source_.queries.open_ones);
    while (open->next())
      if (auto wrong = replay_.check_open(opening_in(*open))) return wrong;
    return replay_.end();
  }

  finding check_orders() {
    occurrence_check occurrences(source_);
    const auto row = source_.run(source_.queries.orders);
    while (row->next()) {
      const standing_order o = order_in(*row);
      const std::string unit(o.amount.unit.code());
      if (row->text(columns_of_order) != unit || row->text(columns_of_order + 1) != unit)
        return named(o) + " is in " + unit + ", but its accounts are not";
      if (auto wrong = occurrences.check(o)) return wrong;
      if (o.next_at != (o.deleted_at ? std::nullopt : o.schedule.at(o.made)))
        return named(o) + " has a wrong next time";
    }
    return std::nullopt;
  }

  finding check_batches() {
    std::uint64_t last = 0;
    lifeline::wall_time last_at{};
    const auto row = source_.run(source_.queries.batches);
    for (; row->next(); last_at = row->time(7)) {
      const batch_span b = batch_in(*row).span;
      if (auto wrong = check_batch(b, outcomes_in(*row), last)) return wrong;
      if (row->time(7) < last_at) return named(b) + " is older than the previous one";
      last = b.last_sequence;
    }
    if (last_at != end_.last_at) return "the ledger's time differs from the time of its last batch";
    if (last == end_.last_sequence) return std::nullopt;
    return "the batches end at " + digits(last) + ", the ledger at " + digits(end_.last_sequence);
  }

  finding check_batch(const batch_span& b, const std::optional<std::string>& outcomes,
                      std::uint64_t last) const {
    if (b.id.epoch > end_.epoch) return named(b) + " has an epoch that has not started";
    if (b.first_sequence != last + 1)
      return named(b) + " begins at " + digits(b.first_sequence) +
             ", but the previous one ends at " + digits(last);
    if (b.last_sequence + 1 < b.first_sequence) return named(b) + " ends before it begins";
    const auto kept = outcomes ? std::ranges::count(*outcomes, '\0') : 0;
    if (outcomes && static_cast<std::uint64_t>(kept) != b.last_sequence + 1 - b.first_sequence)
      return named(b) + " does not have as many entries as its row says";
    return std::nullopt;
  }

  finding check_hashes() {
    return check_chain(source_, chain_, [this](std::uint64_t done) { tell(done); });
  }

  void tell(std::uint64_t done) {
    if (done < told_ + entries_between_words && done >= told_) return;
    told_ = done;
    progress_({step_, done, end_.last_sequence});
  }

  const verify_source& source_;
  const on_verify_progress& progress_;
  ledger_end end_;
  std::string_view step_;
  std::uint64_t told_ = 0;
  ledger_replay replay_;
  chain_cover chain_;
};

}  // namespace

void stored_rows::damaged(const std::string& what) {
  throw damaged_ledger("the database is damaged: " + what);
}

verification verify_ledger(const verify_source& source, const on_verify_progress& progress) {
  return ledger_walk(source, progress).walk();
}

finding check_chain(const verify_source& source, chain_cover& covered,
                    const std::function<void(std::uint64_t done)>& tell) try {
  const ledger_end end = end_of(source);
  chain_audit audit(end.chain_begins);
  entry_stream entries(source);
  while (!entries.at_end() && entries.place() < end.chain_begins) entries.advance();
  batch_facts facts;
  const auto row = source.run(source.queries.batches);
  while (row->next()) {
    stored_batch b = batch_in(*row);
    b.results = results_of(b.span.first_sequence, b.span.last_sequence, outcomes_in(*row));
    facts.clear();
    for (; b.hash && !entries.at_end() && entries.place() <= b.span.last_sequence;
         entries.advance())
      entries.add_to(facts);
    if (auto wrong = audit.add(b, facts)) return wrong;
    covered = {audit.first_sequence(), audit.last_sequence(), audit.head()};
    tell(b.span.last_sequence);
  }
  return audit.end(end.head);
} catch (const damaged_ledger& e) {
  return e.what();
}

}  // namespace bank::storage
