#pragma once

#include <cstddef>
#include <limits>
#include <map>
#include <mutex>

#include "bank/storage/token_store.hpp"

namespace bank::storage {

/// Tokens in memory, for tests. All members may be called from any thread.
class memory_token_store final : public token_store {
 public:
  static constexpr std::size_t forever = std::numeric_limits<std::size_t>::max();

  result<void> add(const context& ctx, const token_record& t) override;
  result<std::optional<token_record>> find(const context& ctx, std::string_view hash) override;
  result<std::vector<token_record>> list(const context& ctx) override;
  result<bool> revoke(const context& ctx, std::string_view id, wall_time at) override;

  /// The next `times` calls fail with `store_unavailable`; 0 ends the fault.
  void fail_calls(std::size_t times = forever);

 private:
  std::optional<lifeline::ledger::failure> fault(const context& ctx);

  std::mutex mutex_;
  std::map<std::string, token_record, std::less<>> by_id_;
  std::size_t failing_ = 0;
};

}  // namespace bank::storage
