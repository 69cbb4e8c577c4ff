#include "bank/storage/sqlite/ledger_store.hpp"

#include <atomic>
#include <mutex>
#include <system_error>
#include <vector>

#include "bank/storage/files/disk_obstacle.hpp"
#include "bank/storage/rules/past_closing.hpp"
#include "bank/storage/rules/posting.hpp"
#include "bank/storage/sqlite/commit_writer.hpp"
#include "bank/storage/sqlite/fence.hpp"
#include "bank/storage/sqlite/guarded.hpp"
#include "bank/storage/sqlite/key_sweeper.hpp"
#include "bank/storage/sqlite/opening.hpp"
#include "bank/storage/sqlite/orders.hpp"
#include "bank/storage/sqlite/reader.hpp"
#include "bank/storage/sqlite/reports.hpp"
#include "bank/storage/startup_error.hpp"

namespace bank::storage {

using namespace lifeline::ledger;
using lifeline::wall_time;

namespace {

constexpr std::int32_t ledger_mark = 0x4c4c6467;  // "LLdg"

/// Longest wait for the write lock when checking whether the ledger can be written to.
constexpr std::chrono::milliseconds lock_patience{200};

/// A ledger gets its secret when it is first opened. SQLite's random numbers are not made for
/// secrets.
void provide_secret(SQLite::Database& db) {
  sqlite_statement fill(db, "UPDATE ledger SET secret = ? WHERE secret IS NULL");
  fill.run(random_secret());
}

/// Idle readers for reuse.
class reader_pool {
 public:
  explicit reader_pool(std::filesystem::path file) : file_(std::move(file)) {}

  std::unique_ptr<sqlite_reader> take() {
    if (auto idle = take_idle()) return idle;
    return std::make_unique<sqlite_reader>(file_);
  }
  void give_back(std::unique_ptr<sqlite_reader> reader) {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < most_idle) idle_.push_back(std::move(reader));
  }

 private:
  static constexpr std::size_t most_idle = 8;

  std::unique_ptr<sqlite_reader> take_idle() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return nullptr;
    auto reader = std::move(idle_.back());
    idle_.pop_back();
    return reader;
  }

  std::filesystem::path file_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<sqlite_reader>> idle_;
};

class sqlite_ledger_store final : public ledger_store {
 public:
  explicit sqlite_ledger_store(std::filesystem::path file)
      : file_(std::move(file)),
        readers_(file_),
        writer_(std::make_unique<sqlite_commit_writer>(file_)),
        fence_(file_) {
    sqlite_fence(file_).check_end_of_ledger();
  }

  commit_result commit(const batch& b) override {
    return call_commit(b, [&] { return write_batch(b); });
  }

  result<std::uint64_t> fence(const context& ctx) override {
    return call(operation::fence, ctx,
                [&] { return fence_.write(ctx, [](sqlite_fence& f) { return f.raise(); }); });
  }

  result<std::optional<committed_batch>> find_batch(const context& ctx, const batch& b) override {
    return call(operation::find_batch, ctx,
                [&] { return fence_.read(ctx, [&](sqlite_fence& f) { return f.find(b.id); }); });
  }

  result<wall_time> close_past(const context& ctx, wall_time before, wall_time clock) override {
    return call(operation::close_past, ctx, [&]() -> result<wall_time> {
      const auto time = look(ctx, [](sqlite_reader& r) { return r.time(); });
      if (!time) return time.error();
      const wall_time end = time->end_of_past(before, clock);
      if (end <= time->next) return end;
      const auto write = [&](const context& c, wall_time to) { return write_end_of_past(c, to); };
      if (auto failed = closing_.close(ctx, writing_, end, write)) return std::move(*failed);
      return end;
    });
  }

  result<wall_time> last_time(const context& ctx) override {
    return read(operation::last_time, ctx, [](sqlite_reader& r) { return r.time().last; });
  }

  result<std::optional<account_record>> find_account(const context& ctx, account_id id) override {
    return read(operation::find_account, ctx, [&](sqlite_reader& r) { return r.account(id); });
  }

  result<std::optional<transfer_record>> find_transfer(const context& ctx,
                                                       transfer_id id) override {
    return read(operation::find_transfer, ctx, [&](sqlite_reader& r) { return r.transfer(id); });
  }

  result<std::optional<key_record>> find_key(const context& ctx, const std::string& caller,
                                             const std::string& key) override {
    return read(operation::find_key, ctx, [&](sqlite_reader& r) { return r.key(caller, key); });
  }

  result<std::uint64_t> forget_keys(const context& ctx, lifeline::wall_time before) override {
    return call(operation::forget_keys, ctx, [&]() -> result<std::uint64_t> {
      auto dropped = sweep(ctx, [&](sqlite_key_sweeper& s) { return s.forget(ctx, before); });
      if (auto end = ended(ctx)) return std::move(*end);
      return dropped;
    });
  }

  result<bool> forget_key(const context& ctx, const std::string& caller, const std::string& key,
                          const uuid& object) override {
    return call(operation::forget_key, ctx, [&] {
      return sweep(ctx, [&](sqlite_key_sweeper& s) { return s.forget_one(caller, key, object); });
    });
  }

  result<ledger_secret> secret(const context& ctx) override {
    return fence_.read(ctx, [](sqlite_fence& f) { return f.secret(); });
  }

  result<page<account_record>> list_accounts(const context& ctx,
                                             const account_filter& filter) override {
    return read(operation::list_accounts, ctx,
                [&](sqlite_reader& r) { return r.accounts(filter); });
  }

  result<page<history_row>> history(const context& ctx, account_id id, std::uint64_t before,
                                    std::size_t limit) override {
    return read(operation::history, ctx,
                [&](sqlite_reader& r) { return r.history(id, before, limit); });
  }

  result<due_list> due(const context& ctx, lifeline::wall_time now, const due_place& after,
                       std::size_t limit) override {
    return read(operation::due, ctx, [&](sqlite_reader& r) { return r.due(now, after, limit); });
  }

  result<std::vector<committed_entry>> entries(const context& ctx, std::uint64_t after,
                                               std::size_t limit) override {
    return read(operation::entries, ctx, [&](sqlite_reader& r) { return r.entries(after, limit); });
  }

  result<page<transfer_record>> list_transfers(const context& ctx,
                                               const transfer_filter& filter) override {
    return read(operation::list_transfers, ctx,
                [&](sqlite_reader& r) { return sqlite_reports(r).transfers(filter); });
  }

  result<std::optional<dated_balance>> balance_at(const context& ctx, account_id id,
                                                  lifeline::wall_time at) override {
    return read(operation::balance_at, ctx,
                [&](sqlite_reader& r) { return sqlite_reports(r).balance_at(id, at); });
  }

  result<statement> account_statement(const context& ctx, account_id id, lifeline::wall_time from,
                                      lifeline::wall_time to, std::size_t limit) override {
    return read(operation::account_statement, ctx, [&](sqlite_reader& r) {
      return sqlite_reports(r).account_statement(id, from, to, limit);
    });
  }

  result<std::vector<owner_summary>> list_owners(const context& ctx, const std::string& text,
                                                 const std::optional<std::string>& only,
                                                 std::size_t limit) override {
    return read(operation::list_owners, ctx,
                [&](sqlite_reader& r) { return sqlite_reports(r).owners(text, only, limit); });
  }

  result<std::optional<standing_order>> find_order(const context& ctx,
                                                   standing_order_id id) override {
    return read(operation::find_order, ctx,
                [&](sqlite_reader& r) { return storage::find_order(r.connection().db(), id); });
  }

  result<page<standing_order>> list_orders(const context& ctx,
                                           const order_filter& filter) override {
    return read(operation::list_orders, ctx, [&](sqlite_reader& r) {
      return storage::list_orders(r.connection().db(), filter);
    });
  }

  result<order_list> due_orders(const context& ctx, lifeline::wall_time now, const due_place& after,
                                std::size_t limit) override {
    return read(operation::due_orders, ctx, [&](sqlite_reader& r) {
      return storage::due_orders(r.connection().db(), now, after, limit);
    });
  }

  result<money_totals> totals(const context& ctx) override {
    return read(operation::totals, ctx, [](sqlite_reader& r) { return r.totals(); });
  }

  result<std::uint64_t> last_sequence(const context& ctx) override {
    return read(operation::last_sequence, ctx, [](sqlite_reader& r) { return r.last_sequence(); });
  }

  result<std::optional<write_obstacle>> find_obstacle(const context& ctx) override {
    const auto readable = look(ctx, [](sqlite_reader& r) { return r.last_sequence(); });
    if (!readable) return readable.error();
    if (auto found = find_disk_obstacle(file_)) return found;
    if (!commit_failed_) return std::optional<write_obstacle>();
    if (const int error = try_to_allocate(file_.parent_path()); error != 0)
      return std::optional(obstacle(std::generic_category().message(error)));
    return try_to_write(ctx);
  }

 private:
  write_obstacle obstacle(std::string cause) const { return {std::move(cause), file_.string()}; }

  /// Uses a connection of its own, because the fence's connection may be waiting for a lock.
  result<std::optional<write_obstacle>> try_to_write(const context& ctx) {
    const auto soon = with_timeout(ctx, lock_patience);
    std::string why;
    try {
      sqlite_fence probe(file_);
      const auto written = probe.connection().run(soon.ctx(), [&] {
        probe.write_nothing();
        return true;
      });
      if (auto end = ended(ctx)) return std::move(*end);
      if (written) {
        commit_failed_ = false;
        return std::optional<write_obstacle>();
      }
      why = soon.ctx().done() ? "another connection holds the write lock" : written.error().detail;
    } catch (const SQLite::Exception& e) {
      why = e.what();
    }
    return std::optional(obstacle(std::move(why)));
  }

  failure cant_open(const SQLite::Exception& e) const {
    return {errc::store_unavailable, outcome::none, file_.string() + ": " + e.what()};
  }

  void open_writer() {
    if (!writer_) writer_ = std::make_unique<sqlite_commit_writer>(file_);
  }

  std::optional<failure> write_end_of_past(const context& ctx, wall_time end) {
    try {
      open_writer();
    } catch (const SQLite::Exception& e) {
      return cant_open(e);
    }
    auto failed = writer_->close_past(ctx, end);
    if (writer_->spent()) writer_.reset();
    return failed;
  }

  commit_result write_batch(const batch& b) {
    const std::lock_guard lock(writing_);
    try {
      open_writer();
    } catch (const SQLite::Exception&) {
      commit_failed_ = true;
      return commit_error::unavailable;
    }
    commit_result committed = writer_->commit(b);
    if (writer_->spent()) writer_.reset();
    commit_failed_ = store_failed(committed);
    return committed;
  }

  template <class F>
  using found_by = result<std::invoke_result_t<F&, sqlite_reader&>>;

  template <class F>
  found_by<F> read(operation what, const context& ctx, F&& f) {
    return call(what, ctx, [&] { return look(ctx, f); });
  }

  /// Only readers without an error are reused.
  template <class F>
  found_by<F> look(const context& ctx, F&& f) {
    if (auto end = ended(ctx)) return std::move(*end);
    try {
      auto reader = readers_.take();
      auto found = reader->connection().run(ctx, [&] { return f(*reader); });
      if (found) readers_.give_back(std::move(reader));
      return found;
    } catch (const SQLite::Exception& e) {
      return cant_open(e);
    }
  }

  template <class F>
  auto sweep(const context& ctx, F&& act)
      -> result<decltype(act(std::declval<sqlite_key_sweeper&>()))> {
    if (auto end = ended(ctx)) return std::move(*end);
    const std::lock_guard lock(sweeping_);
    try {
      sqlite_key_sweeper sweeper(file_);
      return sweeper.connection().run(ctx, [&] { return act(sweeper); });
    } catch (const SQLite::Exception& e) {
      return cant_open(e);
    }
  }

  std::filesystem::path file_;
  reader_pool readers_;
  write_lock writing_;
  past_closing closing_;
  std::unique_ptr<sqlite_commit_writer> writer_;
  std::atomic<bool> commit_failed_{false};  // and nothing has been written since
  std::mutex sweeping_;
  sqlite_guarded<sqlite_fence> fence_;
};

}  // namespace

std::unique_ptr<ledger_store> open_sqlite_ledger(const std::filesystem::path& file) {
  const auto keeper = open_at_start(file, {sqlite_ledger_migrations(), ledger_mark});
  try {
    provide_secret(keeper->db());
    return std::make_unique<sqlite_ledger_store>(file);
  } catch (const SQLite::Exception& e) {
    explain(file, e);
  }
}

}  // namespace bank::storage
