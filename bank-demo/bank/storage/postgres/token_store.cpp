#include "bank/storage/postgres/token_store.hpp"

namespace bank::storage {

using lifeline::ledger::errc;
using lifeline::ledger::failure;
using lifeline::ledger::outcome;

namespace {

constexpr const char* select =
    "SELECT id, hash, role, owner, ms_of(created_at), ms_of(expires_at), ms_of(revoked_at)"
    " FROM tokens ";

class postgres_token_store final : public token_store {
 public:
  explicit postgres_token_store(std::shared_ptr<postgres_database> database)
      : database_(std::move(database)) {}

  result<void> add(const context& ctx, const token_record& t) override {
    const auto added = database_->write(ctx, [&](postgres_session& s) {
      return s
          .query(
              "INSERT INTO tokens VALUES ($1, decode($2, 'hex'), $3, $4, at_ms($5::bigint),"
              " at_ms($6::bigint), at_ms($7::bigint)) ON CONFLICT DO NOTHING",
              t.id, postgres_bytes{t.hash}, to_string(t.granted), t.owner, t.created_at,
              t.expires_at, t.revoked_at)
          .changed();
    });
    if (!added) return added.error();
    if (*added == 1) return {};
    return failure{errc::already_exists, outcome::none, "token " + t.id + " already exists"};
  }

  result<std::optional<token_record>> find(const context& ctx, std::string_view hash) override {
    return database_->read(ctx, [&](postgres_session& s) {
      static const std::string by_hash = select + std::string("WHERE hash = decode($1, 'hex')");
      auto row = s.query(by_hash, postgres_bytes{hash});
      return row.next() ? std::optional(token_in(row)) : std::nullopt;
    });
  }

  result<std::vector<token_record>> list(const context& ctx) override {
    return database_->read(ctx, [](postgres_session& s) {
      static const std::string all_of_them = select + std::string("ORDER BY id");
      std::vector<token_record> all;
      for (auto row = s.query(all_of_them); row.next();) all.push_back(token_in(row));
      return all;
    });
  }

  result<bool> revoke(const context& ctx, std::string_view id, wall_time at) override {
    return database_->write(ctx, [&](postgres_session& s) {
      return s.query(
                  "UPDATE tokens SET revoked_at = coalesce(revoked_at, at_ms($1::bigint))"
                  " WHERE id = $2",
                  at, id)
                 .changed() == 1;
    });
  }

 private:
  std::shared_ptr<postgres_database> database_;
};

}  // namespace

std::unique_ptr<token_store> make_postgres_tokens(std::shared_ptr<postgres_database> database) {
  return std::make_unique<postgres_token_store>(std::move(database));
}

}  // namespace bank::storage
