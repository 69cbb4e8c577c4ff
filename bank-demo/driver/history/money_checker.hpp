#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "driver/finding.hpp"
#include "driver/load/draws.hpp"
#include "driver/load/request_plan.hpp"

namespace bank::driver {

/// A transfer as the node returns it by id.
struct stored_transfer {
  std::string state;  ///< "posted", "pending", "voided" …
  std::size_t from = 0;
  std::size_t to = 0;
  std::int64_t amount = 0;
};

/// Computes from the answers what the node's ledger must contain, and compares it at the end.
///
/// It keeps the balance, the number of rows and the open holds of each account, and single
/// transfers only if their outcome is unknown or they are in a sample. So memory does not grow with
/// the length of the load, and yet every transfer counts: one that is lost, doubled or moved in
/// spite of an error shows in a balance. Pure: no socket, no clock.
///
///   conserved              every snapshot sums to zero, and the accounts' sum stays the same
///   acknowledged_stored    an acknowledged transfer is found by its id with the requested content
///   exactly_once           every balance and number of rows matches the answers
///   no_error_moves_money   a refused transfer, or one with outcome "none", is not stored
///   holds_resolve_once     a hold ends as answered, and no other hold is left open
class money_checker {
 public:
  money_checker(std::size_t accounts, std::int64_t initial_balance, std::uint64_t seed);

  // -- answers of the node
  // ----------------------------------------------------------------------

  void posted(const planned_transfer& t);
  void held(const planned_transfer& t);
  void hold_posted(const planned_transfer& hold, std::int64_t amount);
  void hold_voided(const planned_transfer& hold);
  /// Refused, or failed with outcome "none": nothing moved.
  void failed(const planned_transfer& t);
  /// It may have happened; to be looked up at the end.
  void unknown(const planned_transfer& t, bool as_hold);
  /// The hold exists; whether it was posted (at most this amount) or voided is unknown.
  void unknown_end(const planned_transfer& hold);
  /// The transfer exists; whether it was reversed is unknown. Repeating the reversal returns the
  /// first one.
  void unknown_reversal(const planned_transfer& t);
  /// A second has passed.
  void tick() noexcept { ++now_; }
  /// A snapshot of all balances.
  void snapshot(std::int64_t sum);

  // -- look-ups at the end
  // ------------------------------------------------------------

  struct question {
    enum class about : std::uint8_t { stored, absent, ended_hold, outcome, end_of_hold, reversal };
    about what = about::stored;
    planned_transfer transfer;
    std::string state;        ///< of an ended hold: the expected state
    std::int64_t amount = 0;  ///< of a posted hold
    bool as_hold = false;
  };
  /// All look-ups after the load; unknown outcomes first.
  std::vector<question> questions() const;
  /// Unknown outcomes of at least this many ticks ago. They are final by then, so they may be
  /// looked up during the load, and are forgotten when answered.
  std::vector<question> questions_older_than(std::uint64_t ticks) const;
  /// The node's answer; empty if it has no such transfer.
  void answered(const question& q, const std::optional<stored_transfer>& found);

  struct account_state {
    std::int64_t posted = 0;
    std::int64_t pending_in = 0;
    std::int64_t pending_out = 0;
    std::optional<std::uint64_t> rows;  ///< rows of its history, if counted
  };
  void account_found(std::size_t account, const account_state& found);

  std::uint64_t expected_rows(std::size_t account) const { return books_[account].rows; }
  std::size_t unknown_outcomes() const noexcept { return unknown_.size(); }
  std::uint64_t snapshots() const noexcept { return snapshots_; }
  /// Is an invariant already known to be broken?
  bool is_broken() const noexcept;

  /// The results; call it after all answers to `questions` and all accounts.
  std::vector<finding> conclude() const;

 private:
  struct book {
    std::int64_t posted = 0;
    std::int64_t pending_in = 0;
    std::int64_t pending_out = 0;
    std::uint64_t rows = 0;
  };
  /// A bounded uniform sample.
  struct sample_of {
    std::vector<question> kept;
    std::uint64_t seen = 0;
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
  /// The last acknowledged transfers, in addition to the sample: a crash would lose these first.
  std::deque<question> latest_;
  draws draws_;
  std::uint64_t snapshots_ = 0;
  std::int64_t final_sum_ = 0;
  std::int64_t initial_sum_ = 0;
  std::uint64_t asked_stored_ = 0, asked_absent_ = 0, asked_holds_ = 0, resolved_ = 0, found_ = 0;
  breaches conserved_, lost_, once_, errors_, resolution_;
};

}  // namespace bank::driver
