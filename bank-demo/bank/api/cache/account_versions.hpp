#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "bank/storage/books_watcher.hpp"

namespace bank::api {

/// Counts the changes of accounts that this process has seen. The name of a cached view contains
/// the count, so a view that was read before a change is not found after it. Accounts share
/// counters: a change of one may cost another an extra read. Safe from any thread.
class account_versions final : public storage::books_watcher {
 public:
  account_versions() : own_(std::make_unique<std::array<counter, counters>>()) {}

  void changed(const lifeline::ledger::account_id& account) noexcept override {
    of(account).fetch_add(1);
  }
  void all_changed() noexcept override { all_.fetch_add(1); }

  /// A different text after each change.
  std::string now(const lifeline::ledger::account_id& account) const {
    return std::to_string(all_.load()) + '.' + std::to_string(of(account).load());
  }

 private:
  using counter = std::atomic<std::uint64_t>;
  static constexpr std::size_t counters = std::size_t{1} << 16;

  counter& of(const lifeline::ledger::account_id& account) const noexcept {
    const auto& bytes = account.bytes();
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return (*own_)[std::hash<std::string_view>()(text) % counters];
  }

  std::unique_ptr<std::array<counter, counters>> own_;
  counter all_{0};
};

}  // namespace bank::api
