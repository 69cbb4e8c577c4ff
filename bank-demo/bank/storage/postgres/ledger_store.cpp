#include "bank/storage/postgres/ledger_store.hpp"

#include <atomic>
#include <mutex>

#include "bank/storage/postgres/commit_writer.hpp"
#include "bank/storage/postgres/reader.hpp"
#include "bank/storage/rules/past_closing.hpp"
#include "bank/storage/rules/posting.hpp"

namespace bank::storage {

using namespace lifeline::ledger;
using lifeline::wall_time;

namespace {

postgres_options one_connection(postgres_options o) {
  o.connections = 1;
  return o;
}

std::uint64_t forget_some(postgres_session& s, wall_time before) {
  return s
      .query(
          "DELETE FROM idempotency WHERE (caller, key) IN (SELECT caller, key FROM idempotency"
          " WHERE created_at < at_ms($1::bigint) LIMIT 1000)",
          before)
      .changed();
}

/// Reads the ledger's row as well, because a database without it can't be used.
bool refuses_writes(postgres_session& s) {
  auto row = s.query(
      "SELECT (pg_is_in_recovery()"
      " OR current_setting('default_transaction_read_only')::boolean)::int FROM ledger");
  row.next();
  return row.integer(0) != 0;
}

/// Allocates disk space and frees it; then writes the ledger's row unchanged.
bool try_to_write(postgres_session& s) {
  s.run(
      "CREATE TEMPORARY TABLE room ON COMMIT DROP AS"
      " SELECT md5(n::text) AS filler FROM generate_series(1, 8192) AS n");
  s.run("UPDATE ledger SET epoch = epoch");
  return true;
}

class postgres_ledger_store final : public ledger_store {
 public:
  explicit postgres_ledger_store(std::shared_ptr<postgres_database> database)
      : database_(std::move(database)),
        fence_(one_connection(database_->options()), database_->back_off()),
        writer_(*database_) {}

  commit_result commit(const batch& b) override {
    return call_commit(b, [&] {
      const std::lock_guard lock(writing_);
      commit_result committed = writer_.commit(b);
      commit_failed_ = store_failed(committed);
      return committed;
    });
  }

  result<std::uint64_t> fence(const context& ctx) override {
    return call(operation::fence, ctx, [&] {
      return fence_.write(ctx, [](postgres_session& s) {
        auto row = s.query("UPDATE ledger SET epoch = epoch + 1 RETURNING epoch");
        row.next();
        return row.count(0);
      });
    });
  }

  result<std::optional<committed_batch>> find_batch(const context& ctx, const batch& b) override {
    return call(operation::find_batch, ctx, [&] {
      return fence_.read(ctx, [&](postgres_session& s) { return postgres_reader(s).batch(b.id); });
    });
  }

  result<wall_time> close_past(const context& ctx, wall_time before, wall_time clock) override {
    return call(operation::close_past, ctx, [&]() -> result<wall_time> {
      const auto time = look(ctx, [](postgres_reader& r) { return r.time(); });
      if (!time) return time.error();
      const wall_time end = time->end_of_past(before, clock);
      if (end <= time->next) return end;
      const auto write = [&](const context& c, wall_time to) { return writer_.close_past(c, to); };
      if (auto failed = closing_.close(ctx, writing_, end, write)) return std::move(*failed);
      return end;
    });
  }

  result<wall_time> last_time(const context& ctx) override {
    return call(operation::last_time, ctx, [&] {
      return fence_.read(ctx, [](postgres_session& s) { return postgres_reader(s).time().last; });
    });
  }

  result<std::optional<account_record>> find_account(const context& ctx, account_id id) override {
    return read(operation::find_account, ctx, [&](postgres_reader& r) { return r.account(id); });
  }

  result<std::optional<transfer_record>> find_transfer(const context& ctx,
                                                       transfer_id id) override {
    return read(operation::find_transfer, ctx, [&](postgres_reader& r) { return r.transfer(id); });
  }

  result<std::optional<key_record>> find_key(const context& ctx, const std::string& caller,
                                             const std::string& key) override {
    return read(operation::find_key, ctx, [&](postgres_reader& r) { return r.key(caller, key); });
  }

  result<std::uint64_t> forget_keys(const context& ctx, wall_time before) override {
    return call(operation::forget_keys, ctx, [&]() -> result<std::uint64_t> {
      std::uint64_t dropped = 0;
      while (true) {
        const auto some =
            database_->write(ctx, [&](postgres_session& s) { return forget_some(s, before); });
        if (!some) return some.error();
        if (*some == 0) return dropped;
        dropped += *some;
      }
    });
  }

  result<bool> forget_key(const context& ctx, const std::string& caller, const std::string& key,
                          const uuid& object) override {
    return call(operation::forget_key, ctx, [&] {
      return database_->write(ctx, [&](postgres_session& s) {
        return s.query("DELETE FROM idempotency WHERE caller = $1 AND key = $2 AND object = $3",
                       caller, key, object)
                   .changed() == 1;
      });
    });
  }

  result<ledger_secret> secret(const context& ctx) override {
    return fence_.read(ctx, [](postgres_session& s) { return postgres_reader(s).secret(); });
  }

  result<page<account_record>> list_accounts(const context& ctx,
                                             const account_filter& filter) override {
    return read(operation::list_accounts, ctx,
                [&](postgres_reader& r) { return r.accounts(filter); });
  }

  result<page<history_row>> history(const context& ctx, account_id id, std::uint64_t before,
                                    std::size_t limit) override {
    return read(operation::history, ctx,
                [&](postgres_reader& r) { return r.history(id, before, limit); });
  }

  result<due_list> due(const context& ctx, wall_time now, const due_place& after,
                       std::size_t limit) override {
    return read(operation::due, ctx, [&](postgres_reader& r) { return r.due(now, after, limit); });
  }

  result<std::vector<committed_entry>> entries(const context& ctx, std::uint64_t after,
                                               std::size_t limit) override {
    return read(operation::entries, ctx,
                [&](postgres_reader& r) { return r.entries(after, limit); });
  }

  result<page<transfer_record>> list_transfers(const context& ctx,
                                               const transfer_filter& filter) override {
    return read(operation::list_transfers, ctx,
                [&](postgres_reader& r) { return r.transfers(filter); });
  }

  result<std::optional<dated_balance>> balance_at(const context& ctx, account_id id,
                                                  wall_time at) override {
    return read(operation::balance_at, ctx,
                [&](postgres_reader& r) { return r.balance_at(id, at); });
  }

  result<statement> account_statement(const context& ctx, account_id id, wall_time from,
                                      wall_time to, std::size_t limit) override {
    return read(operation::account_statement, ctx,
                [&](postgres_reader& r) { return r.account_statement(id, from, to, limit); });
  }

  result<std::vector<owner_summary>> list_owners(const context& ctx, const std::string& text,
                                                 const std::optional<std::string>& only,
                                                 std::size_t limit) override {
    return read(operation::list_owners, ctx,
                [&](postgres_reader& r) { return r.owners(text, only, limit); });
  }

  result<std::optional<standing_order>> find_order(const context& ctx,
                                                   standing_order_id id) override {
    return read(operation::find_order, ctx, [&](postgres_reader& r) { return r.order(id); });
  }

  result<page<standing_order>> list_orders(const context& ctx,
                                           const order_filter& filter) override {
    return read(operation::list_orders, ctx, [&](postgres_reader& r) { return r.orders(filter); });
  }

  result<order_list> due_orders(const context& ctx, wall_time now, const due_place& after,
                                std::size_t limit) override {
    return read(operation::due_orders, ctx,
                [&](postgres_reader& r) { return r.due_orders(now, after, limit); });
  }

  result<money_totals> totals(const context& ctx) override {
    return read(operation::totals, ctx, [](postgres_reader& r) { return r.totals(); });
  }

  result<std::uint64_t> last_sequence(const context& ctx) override {
    return read(operation::last_sequence, ctx,
                [](postgres_reader& r) { return r.last_sequence(); });
  }

  result<std::optional<write_obstacle>> find_obstacle(const context& ctx) override {
    const auto read_only = database_->read(ctx, refuses_writes);
    if (!read_only) return read_only.error();
    if (*read_only) return std::optional(write_obstacle{"the server is read-only", "PostgreSQL"});
    if (!commit_failed_) return std::optional<write_obstacle>();
    const auto written = database_->write(ctx, try_to_write);
    if (auto end = ended(ctx)) return std::move(*end);
    if (!written) return std::optional(write_obstacle{written.error().detail, "PostgreSQL"});
    commit_failed_ = false;
    return std::optional<write_obstacle>();
  }

 private:
  template <class F>
  using found_by = result<std::invoke_result_t<F&, postgres_reader&>>;

  template <class F>
  found_by<F> read(operation what, const context& ctx, F&& f) {
    return call(what, ctx, [&] { return look(ctx, f); });
  }

  template <class F>
  found_by<F> look(const context& ctx, F&& f) {
    return database_->read(ctx, [&](postgres_session& s) {
      postgres_reader reader(s);
      return f(reader);
    });
  }

  std::shared_ptr<postgres_database> database_;
  postgres_database fence_;
  write_lock writing_;
  past_closing closing_;
  postgres_commit_writer writer_;
  std::atomic<bool> commit_failed_{false};  // and nothing has been written since
};

}  // namespace

std::unique_ptr<ledger_store> make_postgres_ledger(std::shared_ptr<postgres_database> database) {
  return std::make_unique<postgres_ledger_store>(std::move(database));
}

}  // namespace bank::storage
