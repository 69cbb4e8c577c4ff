#include "bank/storage/memory/ledger_store.hpp"

#include <utility>

#include "bank/storage/rules/posting.hpp"

namespace bank::storage {

using namespace lifeline::ledger;
using lifeline::wall_time;

namespace {

failure out_of_order() {
  return {errc::store_unavailable, outcome::none, "a fault of the memory store"};
}

bool take(std::size_t& times) noexcept {
  if (times == 0) return false;
  if (times != memory_ledger_store::forever) --times;
  return true;
}

template <class T>
std::optional<T> copy_of(const T* found) {
  return found == nullptr ? std::nullopt : std::optional<T>(*found);
}

}  // namespace

template <class F>
auto memory_ledger_store::read(operation what, const context& ctx, F&& f) -> found_by<F> {
  const bool recovers = traits_of(what).kind == operation_kind::recovery;
  std::size_t& failing = recovers ? failing_fences_ : failing_reads_;
  return call(what, ctx, [&] { return look(ctx, failing, f); });
}

template <class F>
auto memory_ledger_store::look(const context& ctx, std::size_t& failing, F&& f) -> found_by<F> {
  if (auto end = ended(ctx)) return std::move(*end);
  const std::lock_guard lock(mutex_);
  if (take(failing)) return out_of_order();
  return f(books_);
}

result<std::uint64_t> memory_ledger_store::fence(const context& ctx) {
  return read(operation::fence, ctx, [this](memory_books& books) {
    for (const batch& b : std::exchange(late_, {})) apply(b);
    return books.raise_epoch();
  });
}

commit_result memory_ledger_store::commit(const batch& b) {
  return call_commit(b, [&] {
    hook begun, ended;
    {
      const std::lock_guard lock(mutex_);
      begun = begun_;
      ended = ended_;
    }
    if (begun) begun(b);
    commit_result stored = store(b);
    if (ended) ended(b);
    return stored;
  });
}

commit_result memory_ledger_store::store(const batch& b) {
  const std::lock_guard lock(mutex_);
  if (obstacle_) return commit_error::unavailable;
  if (commit_faults_.empty()) return apply(b);
  const commit_fault how = commit_faults_.front();
  commit_faults_.pop_front();
  return fail(how, b);
}

commit_result memory_ledger_store::apply(const batch& b) {
  commit_result applied = books_.apply(b);
  if (applied.index() == 0) ++commits_;
  return applied;
}

commit_result memory_ledger_store::fail(commit_fault how, const batch& b) {
  switch (how) {
    case commit_fault::unavailable: return commit_error::unavailable;
    case commit_fault::violated: return commit_error::violated;
    case commit_fault::fenced: return commit_error::fenced;
    case commit_fault::unknown_and_lost: return commit_error::unknown;
    case commit_fault::unknown_but_stored: apply(b); return commit_error::unknown;
    case commit_fault::unknown_then_late: late_.push_back(b); return commit_error::unknown;
  }
  return commit_error::unavailable;
}

result<std::optional<committed_batch>> memory_ledger_store::find_batch(const context& ctx,
                                                                       const batch& b) {
  return read(operation::find_batch, ctx,
              [&](memory_books& books) { return copy_of(books.batch(b.id)); });
}

result<wall_time> memory_ledger_store::close_past(const context& ctx, wall_time before,
                                                  wall_time clock) {
  return read(operation::close_past, ctx,
              [&](memory_books& books) { return books.close_past(before, clock); });
}

result<wall_time> memory_ledger_store::last_time(const context& ctx) {
  return read(operation::last_time, ctx, [](memory_books& books) { return books.last_time(); });
}

result<std::optional<account_record>> memory_ledger_store::find_account(const context& ctx,
                                                                        account_id id) {
  return read(operation::find_account, ctx,
              [&](memory_books& books) { return copy_of(books.account(id)); });
}

result<std::optional<transfer_record>> memory_ledger_store::find_transfer(const context& ctx,
                                                                          transfer_id id) {
  return read(operation::find_transfer, ctx,
              [&](memory_books& books) { return copy_of(books.transfer(id)); });
}

result<std::optional<key_record>> memory_ledger_store::find_key(const context& ctx,
                                                                const std::string& caller,
                                                                const std::string& key) {
  return read(operation::find_key, ctx, [&](memory_books& books) {
    return copy_of(books.key({caller, key}));
  });
}

result<std::uint64_t> memory_ledger_store::forget_keys(const context& ctx, wall_time before) {
  return read(operation::forget_keys, ctx,
              [&](memory_books& books) { return books.forget_keys(before); });
}

result<bool> memory_ledger_store::forget_key(const context& ctx, const std::string& caller,
                                             const std::string& key, const uuid& object) {
  return read(operation::forget_key, ctx, [&](memory_books& books) {
    return books.forget_key({caller, key}, object);
  });
}

result<ledger_secret> memory_ledger_store::secret(const context& ctx) {
  return look(ctx, failing_fences_, [this](memory_books&) { return secret_; });
}

result<page<account_record>> memory_ledger_store::list_accounts(const context& ctx,
                                                                const account_filter& filter) {
  return read(operation::list_accounts, ctx,
              [&](memory_books& books) { return books.accounts(filter); });
}

result<page<history_row>> memory_ledger_store::history(const context& ctx, account_id id,
                                                       std::uint64_t before, std::size_t limit) {
  return read(operation::history, ctx,
              [&](memory_books& books) { return books.history(id, before, limit); });
}

result<due_list> memory_ledger_store::due(const context& ctx, wall_time now, const due_place& after,
                                          std::size_t limit) {
  return read(operation::due, ctx,
              [&](memory_books& books) { return books.due(now, after, limit); });
}

result<std::vector<committed_entry>> memory_ledger_store::entries(const context& ctx,
                                                                  std::uint64_t after,
                                                                  std::size_t limit) {
  return read(operation::entries, ctx,
              [&](memory_books& books) { return books.entries(after, limit); });
}

result<page<transfer_record>> memory_ledger_store::list_transfers(const context& ctx,
                                                                  const transfer_filter& filter) {
  return read(operation::list_transfers, ctx,
              [&](memory_books& books) { return books.transfers(filter); });
}

result<std::optional<dated_balance>> memory_ledger_store::balance_at(const context& ctx,
                                                                     account_id id,
                                                                     lifeline::wall_time at) {
  return read(operation::balance_at, ctx,
              [&](memory_books& books) { return books.balance_at(id, at); });
}

result<statement> memory_ledger_store::account_statement(const context& ctx, account_id id,
                                                         lifeline::wall_time from,
                                                         lifeline::wall_time to,
                                                         std::size_t limit) {
  return read(operation::account_statement, ctx,
              [&](memory_books& books) { return books.account_statement(id, from, to, limit); });
}

result<std::vector<owner_summary>> memory_ledger_store::list_owners(
    const context& ctx, const std::string& text, const std::optional<std::string>& only,
    std::size_t limit) {
  return read(operation::list_owners, ctx,
              [&](memory_books& books) { return books.owners(text, only, limit); });
}

result<std::optional<standing_order>> memory_ledger_store::find_order(const context& ctx,
                                                                      standing_order_id id) {
  return read(operation::find_order, ctx,
              [&](memory_books& books) { return copy_of(books.orders().find(id)); });
}

result<page<standing_order>> memory_ledger_store::list_orders(const context& ctx,
                                                              const order_filter& filter) {
  return read(operation::list_orders, ctx,
              [&](memory_books& books) { return books.list_orders(filter); });
}

result<order_list> memory_ledger_store::due_orders(const context& ctx, wall_time now,
                                                   const due_place& after, std::size_t limit) {
  return read(operation::due_orders, ctx,
              [&](memory_books& books) { return books.orders().due(now, after, limit); });
}

result<money_totals> memory_ledger_store::totals(const context& ctx) {
  return read(operation::totals, ctx, [](memory_books& books) { return books.totals(); });
}

result<std::uint64_t> memory_ledger_store::last_sequence(const context& ctx) {
  return read(operation::last_sequence, ctx,
              [](memory_books& books) { return books.last_sequence(); });
}

result<std::optional<write_obstacle>> memory_ledger_store::find_obstacle(const context& ctx) {
  return look(ctx, failing_reads_, [this](memory_books&) { return obstacle_; });
}

void memory_ledger_store::obstruct(write_obstacle why) {
  const std::lock_guard lock(mutex_);
  obstacle_ = std::move(why);
}

void memory_ledger_store::fail_next_commit(commit_fault how) {
  const std::lock_guard lock(mutex_);
  commit_faults_.push_back(how);
}

void memory_ledger_store::fail_reads(std::size_t times) {
  const std::lock_guard lock(mutex_);
  failing_reads_ = times;
}

void memory_ledger_store::fail_fences(std::size_t times) {
  const std::lock_guard lock(mutex_);
  failing_fences_ = times;
}

void memory_ledger_store::heal() {
  const std::lock_guard lock(mutex_);
  commit_faults_.clear();
  obstacle_.reset();
  failing_reads_ = 0;
  failing_fences_ = 0;
}

void memory_ledger_store::on_commit(hook begun, hook ended) {
  const std::lock_guard lock(mutex_);
  begun_ = std::move(begun);
  ended_ = std::move(ended);
}

std::size_t memory_ledger_store::commits() const {
  const std::lock_guard lock(mutex_);
  return commits_;
}

}  // namespace bank::storage
