#include "bank/storage/measured_store.hpp"

#include "lifeline/observe/trace.hpp"

namespace bank::storage {

using namespace lifeline::ledger;
using lifeline::histogram_buckets;
using lifeline::span;
using lifeline::wall_time;

measured_store::measured_store(journal_store& real, lifeline::metrics& to, lifeline::clock& time)
    : forwarding_store(real), time_(time) {
  for (std::size_t i = 0; i < call_count; ++i) {
    const std::string name(name_of(static_cast<call>(i)));
    const auto counted = [&](const char* outcome) {
      return &to.make_counter("bank_store_calls_total",
                              "Calls of the ledger store, by operation and outcome.",
                              {{"operation", name}, {"outcome", outcome}});
    };
    meters_[i] = {
        &to.make_histogram("bank_store_call_duration_seconds",
                           "Duration of a call of the ledger store in seconds, by operation.",
                           histogram_buckets::times(), {{"operation", name}}),
        counted("answered"), counted("ended"), counted("failed")};
  }
}

std::string_view measured_store::name_of(call c) noexcept {
  switch (c) {
    case call::fence: return "fence";
    case call::commit: return "commit";
    case call::find_batch: return "find_batch";
    case call::close_past: return "close_past";
    case call::last_time: return "last_time";
    case call::find_account: return "find_account";
    case call::find_transfer: return "find_transfer";
    case call::find_key: return "find_key";
    case call::forget_keys: return "forget_keys";
    case call::forget_key: return "forget_key";
    case call::list_accounts: return "list_accounts";
    case call::history: return "history";
    case call::due: return "due";
    case call::entries: return "entries";
    case call::list_transfers: return "list_transfers";
    case call::balance_at: return "balance_at";
    case call::account_statement: return "account_statement";
    case call::list_owners: return "list_owners";
    case call::find_order: return "find_order";
    case call::list_orders: return "list_orders";
    case call::due_orders: return "due_orders";
    case call::totals: return "totals";
    case call::last_sequence: return "last_sequence";
  }
  return "?";
}

std::string_view measured_store::table_of(call c) noexcept {
  switch (c) {
    case call::find_account:
    case call::list_accounts:
    case call::balance_at:
    case call::list_owners:
    case call::totals: return "accounts";
    case call::find_transfer:
    case call::history:
    case call::due:
    case call::list_transfers:
    case call::account_statement: return "transfers";
    case call::find_order:
    case call::list_orders:
    case call::due_orders: return "standing_orders";
    case call::find_key:
    case call::forget_keys:
    case call::forget_key: return "idempotency";
    case call::commit:
    case call::find_batch: return "batches";
    case call::fence:
    case call::close_past:
    case call::last_time:
    case call::entries:
    case call::last_sequence: break;
  }
  return "ledger";
}

namespace {

std::string_view failure_in(const commit_result& r) noexcept {
  return std::holds_alternative<commit_error>(r) ? "commit failed" : "";
}
template <class T>
std::string_view failure_in(const result<T>& r) noexcept {
  return r ? "" : "store failed";
}

}  // namespace

template <class F>
auto measured_store::measured(call which, const context& c, F f) {
  const call_meter& m = meters_[static_cast<std::size_t>(which)];
  span running = span_of(c, name_of(which), {}, lifeline::span_kind::client);
  if (running) {
    running.attribute("db.operation.name", std::string(name_of(which)));
    running.attribute("db.collection.name", std::string(table_of(which)));
  }
  const auto began = time_.now();
  auto given = f();
  m.took->observe(time_.now() - began);
  const auto why = failure_in(given);
  (why.empty() ? m.answered : c.done() ? m.ended : m.failed)->add();
  if (!why.empty()) running.fail(std::string(c.done() ? c.cause().message() : why));
  return given;
}

result<std::uint64_t> measured_store::fence(const context& c) {
  return measured(call::fence, c, [&] { return forwarding_store::fence(c); });
}
/// A commit can't be cancelled, so it has no context.
commit_result measured_store::commit(const batch& b) {
  const context ctx = b.place ? lifeline::standing_at(*b.place) : lifeline::background();
  return measured(call::commit, ctx, [&] { return forwarding_store::commit(b); });
}
result<std::optional<committed_batch>> measured_store::find_batch(const context& c,
                                                                  const batch& b) {
  return measured(call::find_batch, c, [&] { return forwarding_store::find_batch(c, b); });
}
result<wall_time> measured_store::close_past(const context& c, wall_time before, wall_time clock) {
  return measured(call::close_past, c,
                  [&] { return forwarding_store::close_past(c, before, clock); });
}
result<wall_time> measured_store::last_time(const context& c) {
  return measured(call::last_time, c, [&] { return forwarding_store::last_time(c); });
}
result<std::optional<account_record>> measured_store::find_account(const context& c,
                                                                   account_id id) {
  return measured(call::find_account, c, [&] { return forwarding_store::find_account(c, id); });
}
result<std::optional<transfer_record>> measured_store::find_transfer(const context& c,
                                                                     transfer_id id) {
  return measured(call::find_transfer, c, [&] { return forwarding_store::find_transfer(c, id); });
}
result<std::optional<key_record>> measured_store::find_key(const context& c,
                                                           const std::string& caller,
                                                           const std::string& key) {
  return measured(call::find_key, c, [&] { return forwarding_store::find_key(c, caller, key); });
}
result<std::uint64_t> measured_store::forget_keys(const context& c, wall_time before) {
  return measured(call::forget_keys, c, [&] { return forwarding_store::forget_keys(c, before); });
}
result<bool> measured_store::forget_key(const context& c, const std::string& caller,
                                        const std::string& key, const uuid& object) {
  return measured(call::forget_key, c,
                  [&] { return forwarding_store::forget_key(c, caller, key, object); });
}
result<page<account_record>> measured_store::list_accounts(const context& c,
                                                           const account_filter& f) {
  return measured(call::list_accounts, c, [&] { return forwarding_store::list_accounts(c, f); });
}
result<page<history_row>> measured_store::history(const context& c, account_id id,
                                                  std::uint64_t before, std::size_t limit) {
  return measured(call::history, c,
                  [&] { return forwarding_store::history(c, id, before, limit); });
}
result<due_list> measured_store::due(const context& c, wall_time now, const due_place& after,
                                     std::size_t limit) {
  return measured(call::due, c, [&] { return forwarding_store::due(c, now, after, limit); });
}
result<std::vector<committed_entry>> measured_store::entries(const context& c, std::uint64_t after,
                                                             std::size_t limit) {
  return measured(call::entries, c, [&] { return forwarding_store::entries(c, after, limit); });
}
result<page<transfer_record>> measured_store::list_transfers(const context& c,
                                                             const transfer_filter& f) {
  return measured(call::list_transfers, c, [&] { return forwarding_store::list_transfers(c, f); });
}
result<std::optional<dated_balance>> measured_store::balance_at(const context& c, account_id id,
                                                                wall_time at) {
  return measured(call::balance_at, c, [&] { return forwarding_store::balance_at(c, id, at); });
}
result<statement> measured_store::account_statement(const context& c, account_id id, wall_time from,
                                                    wall_time to, std::size_t limit) {
  return measured(call::account_statement, c,
                  [&] { return forwarding_store::account_statement(c, id, from, to, limit); });
}
result<std::vector<owner_summary>> measured_store::list_owners(
    const context& c, const std::string& text, const std::optional<std::string>& only,
    std::size_t limit) {
  return measured(call::list_owners, c,
                  [&] { return forwarding_store::list_owners(c, text, only, limit); });
}
result<std::optional<standing_order>> measured_store::find_order(const context& c,
                                                                 standing_order_id id) {
  return measured(call::find_order, c, [&] { return forwarding_store::find_order(c, id); });
}
result<page<standing_order>> measured_store::list_orders(const context& c, const order_filter& f) {
  return measured(call::list_orders, c, [&] { return forwarding_store::list_orders(c, f); });
}
result<order_list> measured_store::due_orders(const context& c, wall_time now,
                                              const due_place& after, std::size_t limit) {
  return measured(call::due_orders, c,
                  [&] { return forwarding_store::due_orders(c, now, after, limit); });
}
result<money_totals> measured_store::totals(const context& c) {
  return measured(call::totals, c, [&] { return forwarding_store::totals(c); });
}
result<std::uint64_t> measured_store::last_sequence(const context& c) {
  return measured(call::last_sequence, c, [&] { return forwarding_store::last_sequence(c); });
}

}  // namespace bank::storage
