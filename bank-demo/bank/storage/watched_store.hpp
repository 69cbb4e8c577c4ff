#pragma once

#include "bank/storage/forwarding_store.hpp"

namespace bank::storage {

/// Called with accounts whose earlier reads are outdated, on the committing thread; must be short.
class books_watcher {
 public:
  books_watcher() = default;
  books_watcher(const books_watcher&) = delete;
  books_watcher& operator=(const books_watcher&) = delete;
  virtual ~books_watcher() = default;

  virtual void changed(const lifeline::ledger::account_id& account) noexcept = 0;
  virtual void all_changed() noexcept = 0;
};

/// A ledger store that calls its watcher for every change, after reads can see it and before the
/// commit returns, so before any client is answered. After a commit with unknown outcome the
/// watcher is called for all accounts when the epoch has been raised. The watcher outlives the
/// store.
class watched_store final : public forwarding_store {
 public:
  watched_store(lifeline::ledger::journal_store& real, books_watcher& watcher)
      : forwarding_store(real), watcher_(watcher) {}

  result<std::uint64_t> fence(const context& ctx) override;
  lifeline::ledger::commit_result commit(const lifeline::ledger::batch& b) override;

 private:
  void tell_of(const lifeline::ledger::entry& e);

  books_watcher& watcher_;
};

}  // namespace bank::storage
