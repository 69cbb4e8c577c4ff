#include "bank/storage/books_watcher.hpp"

namespace bank::storage {

namespace ledger = lifeline::ledger;

std::optional<ledger::failure> books_watcher::around(const store_call& call,
                                                     const rest_of_call& go_on) {
  auto failed = go_on();
  if (!failed && call.what == operation::fence) all_changed();
  if (call.committed != nullptr) {
    const auto& results = call.committed->results;
    for (std::size_t i = 0; i < results.size(); ++i)
      if (results[i].outcome == ledger::entry_outcome::committed)
        changed_by(call.written->entries[i]);
  }
  return failed;
}

/// The accounts that an entry changes: standing orders, groups and scheduled transfers change none.
void books_watcher::changed_by(const ledger::entry& e) {
  if (const auto* t = std::get_if<ledger::transfer_entry>(&e)) {
    changed(t->transfer.from);
    changed(t->transfer.to);
  } else if (const auto* r = std::get_if<ledger::resolve_entry>(&e)) {
    if (!r->from || !r->to) return all_changed();
    changed(*r->from);
    changed(*r->to);
  } else if (const auto* c = std::get_if<ledger::change_entry>(&e)) {
    changed(c->account);
  } else if (const auto* o = std::get_if<ledger::open_entry>(&e)) {
    changed(o->account.id);
    changed(ledger::world_account(o->account.unit));
  }
}

}  // namespace bank::storage
