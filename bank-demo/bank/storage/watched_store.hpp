#pragma once

#include "bank/storage/forwarding_store.hpp"

namespace bank::storage {

/// Hears which accounts are no longer as they were read before. Called on whatever thread commits;
/// must be short.
class books_watcher {
 public:
  books_watcher() = default;
  books_watcher(const books_watcher&) = delete;
  books_watcher& operator=(const books_watcher&) = delete;
  virtual ~books_watcher() = default;

  virtual void changed(const lifeline::ledger::account_id& account) noexcept = 0;
  virtual void all_changed() noexcept = 0;
};

/// Books whose watcher hears of every change after a read can see it, and before whoever commits
/// hears that it is done: so before any client does. A commit whose end is unknown is told of when
/// the epoch has been raised behind it, for all accounts. The watcher outlives the store.
class watched_store final : public forwarding_store {
 public:
  watched_store(lifeline::ledger::ledger_store& real, books_watcher& watcher)
      : forwarding_store(real), watcher_(watcher) {}

  result<std::uint64_t> fence(const context& ctx) override;
  lifeline::ledger::commit_result commit(const lifeline::ledger::batch& b) override;

 private:
  void tell_of(const lifeline::ledger::entry& e);

  books_watcher& watcher_;
};

}  // namespace bank::storage
