#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "bank/driver/finding.hpp"
#include "bank/driver/load/draws.hpp"
#include "bank/driver/load/request_plan.hpp"

namespace bank::driver {

/// What the node says of a transfer when it is asked for it by its id.
struct stored_transfer {
  std::string state;  ///< "posted", "pending", "voided" …
  std::size_t from = 0;
  std::size_t to = 0;
  std::int64_t amount = 0;
};

/// Says what the node's books must hold, from what it answered, and compares them at the end.
///
/// It keeps a balance, a number of rows and the open holds of each account; of single transfers
/// only those whose outcome is unknown, and a sample of the others to ask for. So a day's load
/// needs no more memory than an hour's, and yet every transfer counts: one that is lost, doubled or
/// moved by an error shows in a balance. Pure: no socket, no clock.
///
///   conserved              every snapshot of the node sums to zero, and so do the final balances
///   acknowledged_stored    what was acknowledged is found under its id, as it was asked for
///   exactly_once           every balance and number of rows is what the answers add up to
///   no_error_moves_money   what was refused, or failed with outcome "none", is not found
///   holds_resolve_once     a hold ends as it was answered, and no hold is left that should not be
class money_checker {
 public:
  money_checker(std::size_t accounts, std::int64_t initial_balance, std::uint64_t seed);

  // -- what the node answered
  // ----------------------------------------------------------------------

  void posted(const planned_transfer& t);
  void held(const planned_transfer& t);
  void hold_posted(const planned_transfer& hold, std::int64_t amount);
  void hold_voided(const planned_transfer& hold);
  /// Refused, or failed with outcome "none": it moved nothing.
  void failed(const planned_transfer& t);
  /// It may or may not have happened; it has to be asked for at the end.
  void unknown(const planned_transfer& t, bool as_hold);
  /// The hold is there; whether it was posted (so much, at most) or voided is not known.
  void unknown_end(const planned_transfer& hold);
  /// The transfer is there; whether it was reversed is not known. A reversal is asked for by
  /// repeating it, which answers the first one.
  void unknown_reversal(const planned_transfer& t);
  /// A second has passed.
  void tick() noexcept { ++now_; }
  /// A snapshot of the node's books.
  void snapshot(std::int64_t sum);

  // -- questions to the node at the end
  // ------------------------------------------------------------

  struct question {
    enum class about : std::uint8_t { stored, absent, ended_hold, outcome, end_of_hold, reversal };
    about what = about::stored;
    planned_transfer transfer;
    std::string state;        ///< of an ended hold: what it must be
    std::int64_t amount = 0;  ///< of a posted hold
    bool as_hold = false;
  };
  /// All that should be asked, once the load is over; unknown outcomes first.
  std::vector<question> questions() const;
  /// The unknown outcomes that are at least so many ticks old: by then a transfer either happened
  /// or never will, so they may be asked for while the load goes on, and are forgotten when
  /// answered.
  std::vector<question> questions_older_than(std::uint64_t ticks) const;
  /// What the node says to it; nothing if it knows no such transfer.
  void answered(const question& q, const std::optional<stored_transfer>& found);

  struct account_state {
    std::int64_t posted = 0;
    std::int64_t pending_in = 0;
    std::int64_t pending_out = 0;
    std::optional<std::uint64_t> rows;  ///< of its history, if they were counted
  };
  void account_found(std::size_t account, const account_state& found);

  std::uint64_t expected_rows(std::size_t account) const { return books_[account].rows; }
  std::size_t unknown_outcomes() const noexcept { return unknown_.size(); }
  std::uint64_t snapshots() const noexcept { return snapshots_; }
  /// The invariant is already known to be broken.
  bool is_broken() const noexcept;

  /// After every question was answered and every account was found.
  std::vector<finding> conclude() const;

 private:
  struct book {
    std::int64_t posted = 0;
    std::int64_t pending_in = 0;
    std::int64_t pending_out = 0;
    std::uint64_t rows = 0;
  };
  /// A bounded, even sample of whatever many.
  struct sample_of {
    std::vector<question> kept;
    std::uint64_t seen = 0;
  };
  struct breach_list {
    std::uint64_t count = 0;
    std::vector<std::string> examples;
    void add(std::string text);
  };

  void move(const planned_transfer& t, std::int64_t amount);
  void hold(const planned_transfer& t, std::int64_t amount);
  void keep(sample_of& in, question q);
  void learn_outcome(const question& q, const std::optional<stored_transfer>& found);
  void learn_end(const question& q, const std::optional<stored_transfer>& found);
  bool is_as_asked(const question& q, const stored_transfer& found) const;

  std::vector<book> books_;
  struct unknown_outcome {
    question asked;
    std::uint64_t since = 0;
  };
  std::unordered_map<lifeline::ledger::uuid, unknown_outcome> unknown_;
  std::uint64_t now_ = 0;
  sample_of stored_, absent_, holds_;
  /// The last that were acknowledged, in addition to the sample: what a crash would lose.
  std::deque<question> latest_;
  draws draws_;
  std::uint64_t snapshots_ = 0;
  std::int64_t final_sum_ = 0;
  std::int64_t initial_sum_ = 0;
  std::uint64_t asked_stored_ = 0, asked_absent_ = 0, asked_holds_ = 0, resolved_ = 0, found_ = 0;
  breach_list conserved_, lost_, once_, errors_, resolution_;
};

}  // namespace bank::driver
