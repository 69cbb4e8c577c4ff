#include "bank/storage/memory/token_store.hpp"

#include <algorithm>

#include "bank/storage/rules/posting.hpp"

namespace bank::storage {

using lifeline::ledger::errc;
using lifeline::ledger::failure;
using lifeline::ledger::outcome;

std::optional<failure> memory_token_store::fault(const context& ctx) {
  if (auto end = ended(ctx)) return end;
  if (failing_ == 0) return std::nullopt;
  if (failing_ != forever) --failing_;
  return failure{errc::store_unavailable, outcome::none, "a fault of the memory store"};
}

result<void> memory_token_store::add(const context& ctx, const token_record& t) {
  const std::lock_guard lock(mutex_);
  if (auto f = fault(ctx)) return std::move(*f);
  const bool hash_used =
      std::ranges::any_of(by_id_, [&](const auto& row) { return row.second.hash == t.hash; });
  if (hash_used || !by_id_.emplace(t.id, t).second)
    return failure{errc::already_exists, outcome::none, "token " + t.id + " already exists"};
  return {};
}

result<std::optional<token_record>> memory_token_store::find(const context& ctx,
                                                             std::string_view hash) {
  const std::lock_guard lock(mutex_);
  if (auto f = fault(ctx)) return std::move(*f);
  for (const auto& [id, token] : by_id_)
    if (token.hash == hash) return std::optional(token);
  return std::optional<token_record>();
}

result<std::vector<token_record>> memory_token_store::list(const context& ctx) {
  const std::lock_guard lock(mutex_);
  if (auto f = fault(ctx)) return std::move(*f);
  std::vector<token_record> all;
  for (const auto& [id, token] : by_id_) all.push_back(token);
  return all;
}

result<bool> memory_token_store::revoke(const context& ctx, std::string_view id, wall_time at) {
  const std::lock_guard lock(mutex_);
  if (auto f = fault(ctx)) return std::move(*f);
  const auto it = by_id_.find(id);
  if (it == by_id_.end()) return false;
  if (!it->second.revoked_at) it->second.revoked_at = at;
  return true;
}

void memory_token_store::fail_calls(std::size_t times) {
  const std::lock_guard lock(mutex_);
  failing_ = times;
}

}  // namespace bank::storage
