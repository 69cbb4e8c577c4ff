#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lifeline/ledger/values/standing_order.hpp"

namespace bank::storage {

/// The rows of one statement, all in memory, read in order. Members throw postgres_error for a
/// value that does not match the schema.
class postgres_rows {
 public:
  class answer;  ///< libpqxx's

  explicit postgres_rows(std::shared_ptr<const answer> all) noexcept : all_(std::move(all)) {}

  /// Moves to the next row; false after the last one.
  bool next() noexcept;
  std::size_t size() const noexcept;
  /// Rows changed by a statement.
  std::size_t changed() const noexcept;

  bool null(int column) const;
  /// 0 for null, as in the members below.
  std::int64_t integer(int column) const;
  std::uint64_t count(int column) const { return static_cast<std::uint64_t>(integer(column)); }
  double real(int column) const;
  std::string text(int column) const { return std::string(view(column)); }
  std::string bytes(int column) const;
  lifeline::ledger::uuid id(int column) const;
  lifeline::ledger::chain_hash hash(int column) const;
  lifeline::wall_time time(int column) const {
    return lifeline::wall_time(std::chrono::milliseconds(integer(column)));
  }
  std::optional<std::string> text_or_null(int column) const {
    return null(column) ? std::nullopt : std::optional(text(column));
  }
  std::optional<std::string> bytes_or_null(int column) const {
    return null(column) ? std::nullopt : std::optional(bytes(column));
  }
  std::optional<std::uint64_t> count_or_null(int column) const {
    return null(column) ? std::nullopt : std::optional(count(column));
  }
  std::optional<lifeline::wall_time> time_or_null(int column) const {
    return null(column) ? std::nullopt : std::optional(time(column));
  }

  [[noreturn]] static void damaged(const std::string& what);

 private:
  std::string_view view(int column) const;

  std::shared_ptr<const answer> all_;
  int row_ = -1;
};

}  // namespace bank::storage
