#pragma once

#include <unordered_map>
#include <vector>

#include "driver/history/witness.hpp"
#include "driver/load/request_writer.hpp"
#include "driver/run/asker.hpp"

namespace bank::driver {

/// Asks the node for the checkers' questions after the load: waits until the ledger is at rest,
/// then looks up every unknown outcome, a sample of the known ones, and every account. Used once;
/// its arguments outlive it.
class final_audit {
 public:
  struct parts {
    const request_writer& write;
    witness& sees;
    const std::vector<lifeline::ledger::uuid>& accounts;
  };
  explicit final_audit(parts p);

  /// A problem if the node does not answer or breaks the API.
  task<maybe_problem> run();
  /// Asks these questions only, during the load; unanswered ones stay unknown.
  task<void> ask(std::vector<money_checker::question> some);

 private:
  task<maybe_problem> wait_for_rest();
  task<void> answer_questions();
  task<void> find_accounts();
  task<result<std::optional<stored_transfer>>> look_up(asker& node,
                                                       const money_checker::question& q);
  task<result<std::uint64_t>> count_rows(asker& node, std::size_t account);
  /// Nothing if a member is missing.
  std::optional<stored_transfer> read(const json::value& transfer) const;
  std::size_t index_of(std::string_view account) const;
  bool may_count_rows(std::size_t account);

  parts parts_;
  std::unordered_map<lifeline::ledger::uuid, std::size_t> indexes_;
  std::vector<money_checker::question> questions_;
  std::size_t next_ = 0;
  std::uint64_t rows_left_;
  std::vector<std::int64_t> balances_;
  maybe_problem wrong_;
};

}  // namespace bank::driver
