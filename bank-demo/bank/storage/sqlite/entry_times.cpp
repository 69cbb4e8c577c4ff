#include "bank/storage/sqlite/entry_times.hpp"

#include "bank/storage/sqlite/statement.hpp"

namespace bank::storage {

using lifeline::wall_time;

namespace {

struct dated_batch {
  std::uint64_t epoch = 0;
  std::uint64_t number = 0;
  std::uint64_t first_sequence = 0;
  wall_time at{};
};

class batch_times {
 public:
  explicit batch_times(SQLite::Database& db)
      : db_(db),
        next_(db,
              "SELECT b.epoch, b.number, b.first_sequence, max(b.at, coalesce(f.floor, b.at))"
              " FROM batches b LEFT JOIN time_floors f ON f.epoch = b.epoch"
              " WHERE (b.epoch, b.number) >= (?, ?) ORDER BY b.epoch, b.number LIMIT 1") {}

  /// The first batch at or after `t`.
  std::optional<dated_batch> first_since(wall_time t) {
    const std::uint64_t epoch = last_epoch_before(t);
    std::uint64_t low = 0;
    std::uint64_t high = one_past("SELECT max(number) FROM batches WHERE epoch = ?1", epoch);
    while (low < high) {
      const std::uint64_t middle = low + (high - low) / 2;
      const auto found = next(epoch, middle);
      const bool before = found && found->epoch == epoch && found->at < t;
      before ? low = found->number + 1 : high = middle;
    }
    return next(epoch, low);
  }

 private:
  /// The last epoch whose first batch is before `t`; 0 if there is none.
  std::uint64_t last_epoch_before(wall_time t) {
    std::uint64_t epoch = 0;
    std::uint64_t low = 0;
    std::uint64_t high = one_past("SELECT max(epoch) FROM batches WHERE epoch >= ?1", 0);
    while (low < high) {
      const std::uint64_t middle = low + (high - low) / 2;
      const auto found = next(middle, 0);
      const bool before = found && found->at < t;
      if (before) epoch = found->epoch;
      before ? low = found->epoch + 1 : high = middle;
    }
    return epoch;
  }

  std::optional<dated_batch> next(std::uint64_t epoch, std::uint64_t number) {
    auto row = next_.query(epoch, number);
    if (!row.next()) return std::nullopt;
    return dated_batch{row.count(0), row.count(1), row.count(2), row.time(3)};
  }

  std::uint64_t one_past(const char* highest, std::uint64_t argument) {
    sqlite_statement select(db_, highest);
    auto row = select.query(argument);
    row.next();
    return row.count(0) + 1;
  }

  SQLite::Database& db_;
  sqlite_statement next_;
};

}  // namespace

std::uint64_t first_sequence_since(SQLite::Database& db, wall_time t) {
  if (const auto found = batch_times(db).first_since(t)) return found->first_sequence;
  return static_cast<std::uint64_t>(
      db.execAndGet("SELECT last_sequence + 1 FROM ledger").getInt64());
}

}  // namespace bank::storage
