#include "bank/node/tokens.hpp"

#include <utility>

#include "bank/api/observe/log.hpp"
#include "bank/storage/files/private_file.hpp"
#include "bank/storage/startup_error.hpp"
#include "lifeline/ledger/values/uuid.hpp"

namespace bank::node {
namespace {

using lifeline::context;
using storage::token_record;

template <class T>
T value_or_throw(storage::result<T> r) {
  if (!r) throw storage::startup_error("the tokens can't be used: " + r.error().detail);
  return *std::move(r);
}

bool is_over(const token_record& t, storage::wall_time now) {
  return t.revoked_at.has_value() || (t.expires_at && *t.expires_at <= now);
}

// True if the file holds a token that the store knows.
bool is_provided(const context& ctx, storage::token_store& tokens,
                 const std::filesystem::path& file) {
  const auto secret = storage::read_private_file(file);
  if (!secret) return false;
  const auto found = value_or_throw(tokens.find(ctx, storage::hash_secret(*secret)));
  if (found && is_over(*found, ctx.time().wall_now()))
    log::warn(
        "the token in {} is revoked or expired: create a new one with bank-node token create "
        "--role admin",
        file.string());
  return found.has_value();
}

}  // namespace

storage::result<std::string> issue_token(const context& ctx, storage::token_store& tokens,
                                         storage::role granted, std::string owner) {
  const storage::wall_time now = ctx.time().wall_now();
  auto made = storage::make_secret();
  token_record record;
  record.id = lifeline::ledger::uuid::make_v7(now).str();
  record.hash = std::move(made.hash);
  record.granted = granted;
  record.owner = std::move(owner);
  record.created_at = now;
  const auto added = tokens.add(ctx, record);
  if (!added) return added.error();
  return std::move(made.secret);
}

void provide_admin_token(const context& ctx, storage::token_store& tokens,
                         const std::filesystem::path& data_dir) {
  const auto file = data_dir / "admin.token";
  if (is_provided(ctx, tokens, file)) return;
  const auto secret = value_or_throw(issue_token(ctx, tokens, storage::role::admin, "admin"));
  storage::write_private_file(file, secret + '\n');
  log::info("admin token written to {}", file.string());
}

}  // namespace bank::node
