#include "bank/storage/sqlite/token_store.hpp"

#include "bank/storage/sqlite/guarded.hpp"
#include "bank/storage/sqlite/opening.hpp"
#include "bank/storage/sqlite/statement.hpp"

namespace bank::storage {

using lifeline::ledger::errc;
using lifeline::ledger::failure;
using lifeline::ledger::outcome;

namespace {

constexpr std::int32_t tokens_mark = 0x4c4c746b;  // "LLtk"

constexpr const char* select =
    "SELECT id, hash, role, owner, created_at, expires_at, revoked_at FROM tokens ";

/// Tokens over one connection, used by one thread at a time. Members throw SQLite::Exception.
class token_table {
 public:
  explicit token_table(const std::filesystem::path& file)
      : connection_(file, sqlite_connection::small_cache),
        insert_(connection_.db(),
                "INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING"),
        find_(connection_.db(), select + std::string("WHERE hash = ?")),
        list_(connection_.db(), select + std::string("ORDER BY id")),
        revoke_(connection_.db(),
                "UPDATE tokens SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?") {}

  sqlite_connection& connection() noexcept { return connection_; }

  bool add(const token_record& t) {
    return insert_.run(t.id, blob{t.hash}, std::string(to_string(t.granted)), t.owner, t.created_at,
                       t.expires_at, t.revoked_at) == 1;
  }
  std::optional<token_record> find(const std::string& hash) {
    auto row = find_.query(blob{hash});
    return row.next() ? std::optional(token_in(row)) : std::nullopt;
  }
  std::vector<token_record> list() {
    std::vector<token_record> all;
    for (auto row = list_.query(); row.next();) all.push_back(token_in(row));
    return all;
  }
  bool revoke(const std::string& id, wall_time at) { return revoke_.run(at, id) == 1; }

 private:
  sqlite_connection connection_;
  sqlite_statement insert_, find_, list_, revoke_;
};

class sqlite_token_store final : public token_store {
 public:
  explicit sqlite_token_store(const std::filesystem::path& file) : tokens_(file) {}

  result<void> add(const context& ctx, const token_record& t) override {
    const auto added = tokens_.write(ctx, [&](token_table& table) { return table.add(t); });
    if (!added) return added.error();
    if (*added) return {};
    return failure{errc::already_exists, outcome::none, "token " + t.id + " already exists"};
  }
  result<std::optional<token_record>> find(const context& ctx, std::string_view hash) override {
    return tokens_.read(ctx, [&](token_table& table) { return table.find(std::string(hash)); });
  }
  result<std::vector<token_record>> list(const context& ctx) override {
    return tokens_.read(ctx, [](token_table& table) { return table.list(); });
  }
  result<bool> revoke(const context& ctx, std::string_view id, wall_time at) override {
    return tokens_.write(ctx,
                         [&](token_table& table) { return table.revoke(std::string(id), at); });
  }

 private:
  sqlite_guarded<token_table> tokens_;
};

}  // namespace

std::unique_ptr<token_store> open_sqlite_tokens(const std::filesystem::path& file) {
  const auto keeper = open_at_start(file, {sqlite_token_migrations(), tokens_mark});
  try {
    return std::make_unique<sqlite_token_store>(file);
  } catch (const SQLite::Exception& e) {
    explain(file, e);
  }
}

}  // namespace bank::storage
