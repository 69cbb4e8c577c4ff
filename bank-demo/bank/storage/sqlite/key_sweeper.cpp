#include "bank/storage/sqlite/key_sweeper.hpp"

#include <SQLiteCpp/Transaction.h>

#include <algorithm>

#include "lifeline/context/watch.hpp"

namespace bank::storage {

namespace {

constexpr std::int64_t keys_per_look = 10'000;
constexpr std::size_t keys_per_write = 200;
constexpr int rest_factor = 4;

}  // namespace

sqlite_key_sweeper::sqlite_key_sweeper(const std::filesystem::path& file)
    : connection_(file, sqlite_connection::small_cache),
      look_(connection_.db(),
            "SELECT caller, key, created_at FROM idempotency WHERE (caller, key) > (?, ?)"
            " ORDER BY caller, key LIMIT ?"),
      drop_(connection_.db(), "DELETE FROM idempotency WHERE caller = ? AND key = ?"),
      drop_one_(connection_.db(),
                "DELETE FROM idempotency WHERE caller = ? AND key = ? AND object = ?") {}

bool sqlite_key_sweeper::forget_one(const std::string& caller, const std::string& key,
                                    const lifeline::ledger::uuid& object) {
  return drop_one_.run(caller, key, object) == 1;
}

std::uint64_t sqlite_key_sweeper::forget(const context& ctx, lifeline::wall_time before) {
  std::uint64_t dropped = 0;
  place from;
  for (bool more = true; more && !ctx.done();) {
    const auto old = look(from, before, more);
    for (std::size_t i = 0; i < old.size() && !ctx.done(); i += keys_per_write) {
      const std::size_t n = std::min(keys_per_write, old.size() - i);
      const auto began = ctx.time().now();
      drop(&old[i], &old[i] + n);
      dropped += n;
      wait_for(ctx, rest_factor * (ctx.time().now() - began));
    }
  }
  return dropped;
}

std::vector<sqlite_key_sweeper::place> sqlite_key_sweeper::look(place& from,
                                                                lifeline::wall_time before,
                                                                bool& more) {
  std::vector<place> old;
  const place begin = from;
  std::int64_t seen = 0;
  for (auto row = look_.query(begin.first, begin.second, keys_per_look); row.next(); ++seen) {
    from = {row.text(0), row.text(1)};
    if (row.time(2) < before) old.push_back(from);
  }
  more = seen == keys_per_look;
  return old;
}

void sqlite_key_sweeper::drop(const place* first, const place* last) {
  SQLite::Transaction whole(connection_.db(), SQLite::TransactionBehavior::IMMEDIATE);
  for (; first != last; ++first) drop_.run(first->first, first->second);
  whole.commit();
}

}  // namespace bank::storage
