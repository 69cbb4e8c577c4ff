#include "bank/storage/store_hook.hpp"

namespace bank::storage {

operation_traits traits_of(operation o) noexcept {
  using kind = operation_kind;
  switch (o) {
    case operation::fence: return {"fence", "ledger", kind::recovery};
    case operation::commit: return {"commit", "batches", kind::commit};
    case operation::find_batch: return {"find_batch", "batches", kind::recovery};
    case operation::close_past: return {"close_past", "ledger", kind::query};
    case operation::last_time: return {"last_time", "ledger", kind::recovery};
    case operation::find_account: return {"find_account", "accounts", kind::look_up};
    case operation::find_transfer: return {"find_transfer", "transfers", kind::look_up};
    case operation::find_key: return {"find_key", "idempotency", kind::look_up};
    case operation::forget_keys: return {"forget_keys", "idempotency", kind::query};
    case operation::forget_key: return {"forget_key", "idempotency", kind::look_up};
    case operation::list_accounts: return {"list_accounts", "accounts", kind::query};
    case operation::history: return {"history", "transfers", kind::look_up};
    case operation::due: return {"due", "transfers", kind::query};
    case operation::entries: return {"entries", "ledger", kind::query};
    case operation::list_transfers: return {"list_transfers", "transfers", kind::query};
    case operation::balance_at: return {"balance_at", "accounts", kind::query};
    case operation::account_statement: return {"account_statement", "transfers", kind::query};
    case operation::list_owners: return {"list_owners", "accounts", kind::query};
    case operation::find_order: return {"find_order", "standing_orders", kind::look_up};
    case operation::list_orders: return {"list_orders", "standing_orders", kind::query};
    case operation::due_orders: return {"due_orders", "standing_orders", kind::query};
    case operation::totals: return {"totals", "accounts", kind::query};
    case operation::last_sequence: return {"last_sequence", "ledger", kind::look_up};
  }
  return {"?", "ledger", kind::query};
}

}  // namespace bank::storage
