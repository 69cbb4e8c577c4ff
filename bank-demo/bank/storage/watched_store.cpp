#include "bank/storage/watched_store.hpp"

namespace bank::storage {

namespace ledger = lifeline::ledger;

ledger::result<std::uint64_t> watched_store::fence(const context& ctx) {
  auto epoch = forwarding_store::fence(ctx);
  if (epoch) watcher_.all_changed();
  return epoch;
}

ledger::commit_result watched_store::commit(const ledger::batch& b) {
  auto committed = forwarding_store::commit(b);
  if (const auto* done = std::get_if<ledger::committed_batch>(&committed)) {
    for (std::size_t i = 0; i < done->results.size(); ++i)
      if (done->results[i].outcome == ledger::entry_outcome::committed) tell_of(b.entries[i]);
  }
  return committed;
}

/// The accounts that an entry changes: standing orders, groups and scheduled transfers change none.
void watched_store::tell_of(const ledger::entry& e) {
  if (const auto* t = std::get_if<ledger::transfer_entry>(&e)) {
    watcher_.changed(t->transfer.from);
    watcher_.changed(t->transfer.to);
  } else if (const auto* r = std::get_if<ledger::resolve_entry>(&e)) {
    if (!r->from || !r->to) return watcher_.all_changed();
    watcher_.changed(*r->from);
    watcher_.changed(*r->to);
  } else if (const auto* c = std::get_if<ledger::change_entry>(&e)) {
    watcher_.changed(c->account);
  } else if (const auto* o = std::get_if<ledger::open_entry>(&e)) {
    watcher_.changed(o->account.id);
    watcher_.changed(ledger::world_account(o->account.unit));
  }
}

}  // namespace bank::storage
