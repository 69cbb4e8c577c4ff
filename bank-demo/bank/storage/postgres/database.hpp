#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "bank/storage/postgres/options.hpp"
#include "bank/storage/postgres/pool.hpp"

namespace bank::storage {

using lifeline::context;
using lifeline::ledger::result;

/// Reads and small writes, each in a transaction of its own that ends with its context. The time
/// left becomes the statements' time limit, set in the round trip of BEGIN; a statement that runs
/// when the context ends is cancelled at the server. Safe from any thread.
class postgres_database {
 public:
  /// `back_off` is shared with other connections to the same server.
  explicit postgres_database(postgres_options options, std::shared_ptr<connect_back_off> back_off =
                                                           std::make_shared<connect_back_off>())
      : options_(std::move(options)),
        back_off_(std::move(back_off)),
        pool_(options_.url, options_.connections, back_off_) {}

  /// Reads from one snapshot.
  template <class F>
  auto read(const context& ctx, F&& look)
      -> result<decltype(look(std::declval<postgres_session&>()))> {
    return run(ctx, mode::read, std::forward<F>(look));
  }
  /// Retries serialization failures and deadlocks until the context ends. If the connection breaks,
  /// the outcome is unknown.
  template <class F>
  auto write(const context& ctx, F&& act)
      -> result<decltype(act(std::declval<postgres_session&>()))> {
    return run(ctx, mode::write, std::forward<F>(act));
  }

  postgres_pool& pool() noexcept { return pool_; }
  const postgres_options& options() const noexcept { return options_; }
  const std::shared_ptr<connect_back_off>& back_off() const noexcept { return back_off_; }

 private:
  enum class mode : std::uint8_t { read, write };
  using failure = lifeline::ledger::failure;

  template <class F>
  auto run(const context& ctx, mode how, F&& act)
      -> result<decltype(act(std::declval<postgres_session&>()))> {
    std::optional<decltype(act(std::declval<postgres_session&>()))> answer;
    const auto wrong = transact(ctx, how, [&](postgres_session& s) { answer.emplace(act(s)); });
    if (wrong) return *wrong;
    return std::move(*answer);
  }
  /// Empty if it was done.
  std::optional<failure> transact(const context& ctx, mode how,
                                  const std::function<void(postgres_session&)>& act);

  postgres_options options_;
  std::shared_ptr<connect_back_off> back_off_;
  postgres_pool pool_;
};

/// Begins a transaction with the context's time left as the statements' limit and runs its first
/// statement, if any, in one round trip. Returns the statement's rows.
postgres_rows begin(postgres_session& s, const context& ctx, const char* how,
                    const char* first = "");
/// Ends a failed transaction. False if the session can't be used any more.
bool roll_back(postgres_session& s) noexcept;

}  // namespace bank::storage
