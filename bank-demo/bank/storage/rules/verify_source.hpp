#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "lifeline/ledger/values/records.hpp"

namespace bank::storage {

/// The rows of one query, read in order, with the members that `record_rows.hpp` needs. Members
/// throw the store's exception.
class stored_rows {
 public:
  stored_rows() = default;
  stored_rows(const stored_rows&) = delete;
  stored_rows& operator=(const stored_rows&) = delete;
  virtual ~stored_rows() = default;

  /// Moves to the next row; false after the last one.
  virtual bool next() = 0;
  virtual bool null(int column) const = 0;
  virtual std::int64_t integer(int column) const = 0;  ///< 0 for null
  virtual std::string text(int column) const = 0;
  virtual std::string bytes(int column) const = 0;
  virtual lifeline::ledger::uuid id(int column) const = 0;
  virtual lifeline::ledger::chain_hash hash(int column) const = 0;

  std::uint64_t count(int column) const { return static_cast<std::uint64_t>(integer(column)); }
  lifeline::wall_time time(int column) const {
    return lifeline::wall_time(std::chrono::milliseconds(integer(column)));
  }
  std::optional<std::int64_t> integer_or_null(int column) const {
    return null(column) ? std::nullopt : std::optional(integer(column));
  }
  std::optional<std::uint64_t> count_or_null(int column) const {
    return null(column) ? std::nullopt : std::optional(count(column));
  }
  std::optional<std::string> text_or_null(int column) const {
    return null(column) ? std::nullopt : std::optional(text(column));
  }
  std::optional<lifeline::wall_time> time_or_null(int column) const {
    return null(column) ? std::nullopt : std::optional(time(column));
  }
  /// Throws damaged_ledger.
  [[noreturn]] static void damaged(const std::string& what);
};

/// The rows of a database's cursor.
template <class Cursor>
class rows_of final : public stored_rows {
 public:
  template <class... Args>
  explicit rows_of(Args&&... args) : all_(std::forward<Args>(args)...) {}

  bool next() override { return all_.next(); }
  bool null(int column) const override { return all_.row().null(column); }
  std::int64_t integer(int column) const override { return all_.row().integer(column); }
  std::string text(int column) const override { return all_.row().text(column); }
  std::string bytes(int column) const override { return all_.row().bytes(column); }
  lifeline::ledger::uuid id(int column) const override { return all_.row().id(column); }
  lifeline::ledger::chain_hash hash(int column) const override { return all_.row().hash(column); }

 private:
  Cursor all_;
};

/// A query of the step `step` that returns a sentence for each violation: what the store itself
/// checks best, links and keys between its rows.
struct row_check {
  std::string_view step;
  const char* query = nullptr;
};

/// A store's queries for the rows of its ledger.
struct verify_queries {
  /// The ledger's own row: epoch, last sequence, its time, head, first sequence of the hash chain.
  std::string end;
  /// As `account_in` reads them (overdraft limit null: a world account); last transfer.
  std::string accounts;
  /// Ended transfers by sequence, as `record_in` reads them; balances after them (from, to) and the
  /// previous transfers of both histories, null if the store keeps no such links.
  std::string ends;
  /// Entries that made a transfer scheduled or pending, by sequence: the transfer as requested, as
  /// `record_in` reads it; 1 if a standing order made it.
  std::string openings;
  /// By sequence: sequence, time, kind, new overdraft limit; of the account: id, owner, type,
  /// currency, ref, time of creation.
  std::string account_entries;
  /// Transfers stored as open, by id, as `record_in` reads them.
  std::string open_ones;
  /// In order: epoch, number, first and last sequence, outcomes, time, hash, the time that it
  /// counts as (a floor of its epoch may be later).
  std::string batches;
  /// By number, as `order_in` reads them; the currencies of both accounts.
  std::string orders;
  /// By order and place: order's number, place, sequence, kind of the entry; of the transfer as
  /// requested: id, time of execution, first sequence, amount, currency, from, to, memo.
  std::string occurrences;
  std::span<const row_check> checks;
};

/// A ledger, read in one snapshot.
struct verify_source {
  const verify_queries& queries;
  std::function<std::unique_ptr<stored_rows>(const std::string& query)> run;
};

}  // namespace bank::storage
