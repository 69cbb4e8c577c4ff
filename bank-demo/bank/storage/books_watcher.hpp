#pragma once

#include "bank/storage/store_hook.hpp"

namespace bank::storage {

/// Learns which accounts a ledger store changes: after reads can see the change and before the
/// commit returns, so before any client is answered. After a commit with unknown outcome all
/// accounts count as changed when the epoch has been raised.
class books_watcher : public store_hook {
 public:
  std::optional<lifeline::ledger::failure> around(const store_call& call,
                                                  const rest_of_call& go_on) final;

 protected:
  /// Earlier reads of the account are outdated. On the committing thread; must be short.
  virtual void changed(const lifeline::ledger::account_id& account) noexcept = 0;
  virtual void all_changed() noexcept = 0;

 private:
  void changed_by(const lifeline::ledger::entry& e);
};

}  // namespace bank::storage
