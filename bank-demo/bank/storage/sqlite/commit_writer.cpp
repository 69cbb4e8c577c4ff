#include "bank/storage/sqlite/commit_writer.hpp"

#include <SQLiteCpp/Transaction.h>
#include <sqlite3.h>

#include <new>
#include <utility>

#include "bank/storage/rules/ledger_time.hpp"

namespace bank::storage {

using namespace lifeline::ledger;

namespace {

bool broke_a_rule(const SQLite::Exception& e) noexcept {
  return primary_code(e) == SQLITE_CONSTRAINT;
}

}  // namespace

sqlite_commit_writer::sqlite_commit_writer(const std::filesystem::path& file)
    : connection_(file, sqlite_connection::large_cache),
      accounts_(connection_.db()),
      view_(connection_.db(), accounts_),
      rows_(connection_.db(), accounts_),
      begin_(connection_.db(), "BEGIN IMMEDIATE"),
      commit_(connection_.db(), "COMMIT"),
      rollback_(connection_.db(), "ROLLBACK"),
      read_ledger_(connection_.db(), "SELECT epoch, last_sequence, head, next_at FROM ledger"),
      close_past_(connection_.db(), "UPDATE ledger SET next_at = max(next_at, ?)") {}

commit_result sqlite_commit_writer::commit(const batch& b) {
  commit_result applied;
  try {
    applied = apply(b, false);
    if (std::holds_alternative<commit_error>(applied)) return applied;
  } catch (const SQLite::Exception& e) {
    return spend(broke_a_rule(e) ? commit_error::violated : commit_error::unavailable);
  } catch (const std::bad_alloc&) {
    return spend(commit_error::unavailable);
  }
  try {
    commit_.run();
  } catch (const SQLite::Exception&) {
    return spend(commit_error::unknown);
  }
  last_written_ = b.id;
  return applied;
}

std::optional<failure> sqlite_commit_writer::close_past(const context& ctx, wall_time before) {
  const auto closed = connection_.run(ctx, [&] {
    SQLite::Transaction whole(connection_.db(), SQLite::TransactionBehavior::IMMEDIATE);
    close_past_.run(before);
    whole.commit();
    return true;
  });
  if (closed) return std::nullopt;
  spent_ = true;
  return closed.error();
}

commit_result sqlite_commit_writer::spend(commit_error why) noexcept {
  spent_ = true;
  return why;
}

commit_result sqlite_commit_writer::apply(const batch& b, bool careful) {
  begin_.run();
  const auto earliest = begin(b, careful);
  if (!earliest) return roll_back(commit_error::fenced);
  last_written_ = {};  // until committed, the cache is not as the file
  batch_draft d(view_, ledger_time{.next = *earliest}.of_next(b.at));
  const sqlite_batch_rows::unsearched where{!careful && view_.any_open(), !careful};
  if (!d.add(b.entries) || !rows_.write(d, d.seal(hasher_, head_, b.id), where)) {
    const commit_error why = roll_back(commit_error::violated);
    return careful ? why : apply(b, true);
  }
  view_.keep(d);
  last_sequence_ = d.sequence;
  return d.take_committed();
}

commit_error sqlite_commit_writer::roll_back(commit_error why) {
  rollback_.run();
  return why;
}

std::optional<lifeline::wall_time> sqlite_commit_writer::begin(const batch& b, bool careful) {
  auto row = read_ledger_.query();
  if (!row.next() || row.count(0) != b.id.epoch) return std::nullopt;
  head_ = row.hash(2);
  const bool others_wrote = last_written_.epoch != b.id.epoch || last_sequence_ != row.count(1);
  view_.begin(row.count(1), others_wrote, careful);
  return row.time(3);
}

}  // namespace bank::storage
