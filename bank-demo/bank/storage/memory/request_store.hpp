#pragma once

#include <deque>
#include <mutex>

#include "bank/storage/request_store.hpp"

namespace bank::storage {

/// The request log in memory, for tests and simulation: the model for the other stores, with faults
/// on demand.
class memory_request_store final : public request_store {
 public:
  result<void> add(const context& ctx, const log_batch& b) override;
  result<request_summary> requests(const context& ctx, wall_time since, std::size_t most) override;
  result<std::vector<error_pattern>> errors(const context& ctx, wall_time since,
                                            std::size_t most) override;
  result<std::vector<figure_row>> figures(const context& ctx, const std::string& name,
                                          wall_time since, std::size_t most) override;
  result<std::uint64_t> forget(const context& ctx, wall_time before, std::size_t most) override;

  /// Lets each `add` fail, or none.
  void fail_adds(bool fail = true);
  std::vector<request_row> rows() const;

 private:
  std::optional<lifeline::ledger::failure> cannot(const context& ctx) const;

  mutable std::mutex mutex_;
  std::deque<request_row> requests_;
  std::deque<request_row> errors_;
  std::deque<figure_row> figures_;
  bool fails_ = false;
};

}  // namespace bank::storage
