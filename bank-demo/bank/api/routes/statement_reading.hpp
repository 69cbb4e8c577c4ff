#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bank/api/routes/statement_text.hpp"

namespace bank::api {

/// The time span of a statement.
struct statement_span {
  std::optional<lifeline::wall_time> from = {};  ///< none: from the account's opening
  std::optional<lifeline::wall_time> to = {};    ///< first moment after the span; none: now
};

/// Some rows of a statement that follow each other: the newest `rows` with a sequence below
/// `before`.
struct statement_part {
  std::uint64_t before = 0;
  std::size_t rows = 0;
};

/// Walks a statement's rows from the newest to the oldest and forgets them again: it keeps the
/// balances, the totals, and where parts of bounded size begin. A pure core.
///
///     for (auto at = walk.next(); at; at = walk.next()) walk.add(store.history(ctx, id, *at, n));
class statement_walk {
 public:
  /// `before`, `after`: the balances at the span's end and before its start.
  statement_walk(lifeline::ledger::account_record account, lifeline::wall_time from,
                 lifeline::wall_time to, const lifeline::ledger::dated_balance& before,
                 const lifeline::ledger::dated_balance& after);

  /// Where the next page of history begins; nothing: the walk is over.
  std::optional<std::uint64_t> next() const noexcept { return next_; }
  void add(const lifeline::ledger::page<lifeline::ledger::history_row>& page);

  const statement_frame& frame() const noexcept { return frame_; }
  std::size_t rows() const noexcept {
    return frame_.totals.credit_count + frame_.totals.debit_count;
  }
  /// A name for its content: rows never change once the past is closed.
  std::string tag(statement_format f) const;
  /// Newest first. No part has more than about 64 KiB of text, unless it is one row.
  std::vector<statement_part> take_parts() noexcept { return std::move(parts_); }

 private:
  void add(const lifeline::ledger::history_row& row);

  statement_frame frame_;
  std::uint64_t first_ = 0;  // rows with a greater sequence belong to it
  std::uint64_t last_ = 0;
  std::optional<std::uint64_t> next_;
  std::vector<statement_part> parts_;
  std::size_t part_bytes_ = 0;
};

/// Closes the past up to the span's end and begins a walk over the statement. A span that reaches
/// into the future ends now. Blocks.
lifeline::ledger::result<statement_walk> begin_walk(const lifeline::context& ctx,
                                                    lifeline::ledger::ledger_reader& store,
                                                    lifeline::ledger::account_record account,
                                                    const statement_span& span);

/// Closes the past up to the span's end and reads the statement, which never changes from then on.
/// A span that reaches into the future ends now; the statement's `to` has that time. If there are
/// more than `limit` rows, reads the newest. Blocks.
lifeline::ledger::result<dated_statement> read_statement(const lifeline::context& ctx,
                                                         lifeline::ledger::ledger_reader& store,
                                                         lifeline::ledger::account_record account,
                                                         const statement_span& span,
                                                         std::size_t limit);

}  // namespace bank::api
