#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bank/storage/memory/ledger_store.hpp"
#include "bank/storage/postgres/ledger_store.hpp"
#include "bank/storage/postgres/opening.hpp"
#include "bank/storage/sqlite/ledger_store.hpp"
#include "storage/postgres_server.hpp"
#include "storage/temporary_folder.hpp"

namespace bank::storage::tests {

using namespace lifeline::ledger;
using lifeline::background;
using lifeline::wall_time;

inline const currency usd = *currency::parse("USD");
inline const currency jpy = *currency::parse("JPY");
inline const wall_time noon{std::chrono::hours(490'000)};

inline uuid numbered(std::uint8_t kind, std::uint32_t n) {
  uuid::bytes_type bytes{};
  bytes[0] = kind;
  for (int i = 0; i < 4; ++i) bytes[15 - static_cast<std::size_t>(i)] = (n >> (8 * i)) & 0xffU;
  return uuid(bytes);
}
inline account_id acct(std::uint32_t n) { return account_id(numbered(1, n)); }
inline transfer_id tran(std::uint32_t n) { return transfer_id(numbered(2, n)); }

inline account_record account(std::uint32_t n, std::int64_t overdraft = 0, currency unit = usd) {
  account_record a;
  a.id = acct(n);
  a.owner = "owner-" + std::to_string(n);
  a.unit = unit;
  a.overdraft_limit = overdraft;
  a.created_at = noon;
  return a;
}

inline transfer_record transfer(std::uint32_t n, account_id from, account_id to,
                                std::int64_t amount, currency unit = usd) {
  transfer_record t;
  t.id = tran(n);
  t.from = from;
  t.to = to;
  t.amount = {amount, unit};
  t.created_at = noon;
  return t;
}

inline entry open(account_record a) { return open_entry{std::move(a), {}}; }
inline entry post(transfer_record t) { return transfer_entry{std::move(t), {}}; }
inline entry keyed(entry e, const std::string& caller, const std::string& key,
                   const std::string& digest = "digest") {
  std::visit(
      [&](auto& x) {
        if constexpr (requires { x.key; }) x.key = idempotency_key{caller, key, digest};
      },
      e);
  return e;
}
/// A change of an account in the state of its opening, unless the test says otherwise.
inline change_entry change(std::uint32_t n, account_change c) {
  return {acct(n), account_status::open, 0, c};
}
inline constexpr account_change to_frozen{account_status::frozen, {}};
inline constexpr account_change to_open{account_status::open, {}};
inline constexpr account_change to_closed{account_status::closed, {}};
inline constexpr account_change to_limit(std::int64_t n) { return {{}, n}; }

struct in_memory {
  static constexpr const char* name = "memory";
  std::unique_ptr<ledger_store> store = std::make_unique<memory_ledger_store>();
};
struct in_sqlite {
  static constexpr const char* name = "sqlite";
  temporary_folder folder;
  std::unique_ptr<ledger_store> store = open_sqlite_ledger(folder / "ledger.db");
};

struct in_postgres {
  static constexpr const char* name = "postgres";
  postgres_options options{postgres_server::instance().new_url()};
  std::unique_ptr<ledger_store> store = make_postgres_ledger(open_postgres(options));
};

/// A store of any kind with a new epoch.
template <class Backend>
class any_ledger_store : public testing::Test {
 protected:
  ledger_store& store() { return *backend.store; }

  std::uint64_t raise() { return epoch = store().fence(background()).value(); }
  batch make(std::vector<entry> entries) { return {{epoch, ++number}, at, std::move(entries)}; }

  commit_result try_commit(std::vector<entry> entries) {
    return store().commit(make(std::move(entries)));
  }
  /// Commits a batch that must succeed.
  std::vector<entry_result> commit(std::vector<entry> entries) {
    const commit_result r = try_commit(std::move(entries));
    if (const auto* done = std::get_if<0>(&r)) return done->results;
    ADD_FAILURE() << "commit gave error " << static_cast<int>(std::get<1>(r));
    return {};
  }
  /// The outcome of one entry, alone in its batch.
  entry_outcome outcome_of(entry e) { return commit({std::move(e)}).at(0).outcome; }
  /// Accounts 1 to `count`, each with `funds` from outside.
  void open_funded(std::uint32_t count, std::int64_t funds) {
    for (std::uint32_t n = 1; n <= count; ++n) {
      commit({open(account(n))});
      if (funds != 0) commit({post(transfer(90'000 + n, world_account(usd), acct(n), funds))});
    }
  }

  account_record stored(account_id id) {
    return store().find_account(background(), id).value().value_or(account_record{});
  }
  std::int64_t balance(account_id id) { return stored(id).posted; }
  std::uint64_t last() { return store().last_sequence(background()).value(); }

  Backend backend;
  std::uint64_t epoch = raise();
  std::uint64_t number = 0;
  wall_time at = noon;  ///< time of the next batches
};

using every_store = testing::Types<in_memory, in_sqlite, in_postgres>;
struct store_names {
  template <class Backend>
  static std::string GetName(int /*place*/) {
    return Backend::name;
  }
};

inline void expect_error(const commit_result& r, commit_error expected) {
  ASSERT_EQ(r.index(), 1U);
  EXPECT_EQ(std::get<1>(r), expected);
}

}  // namespace bank::storage::tests
