#include "lifeline/ledger/actors/earlier_requests.hpp"

#include <utility>

namespace lifeline::ledger::detail {

std::optional<earlier_request> find_earlier(ledger_reader& store, const context& ctx,
                                            const transfer_id& id,
                                            const std::optional<idempotency_key>& key) {
  earlier_request found;
  auto by_id = store.find_transfer(ctx, id);
  if (!by_id) return std::nullopt;
  found.by_id = std::move(*by_id);
  if (!key) return found;
  auto used = store.find_key(ctx, key->caller, key->key);
  if (!used) return std::nullopt;
  if (!*used) return found;
  auto first = store.find_transfer(ctx, transfer_id((*used)->object));
  if (!first) return std::nullopt;
  found.key_digest = (*used)->digest;
  found.by_key = std::move(*first);
  return found;
}

std::optional<earlier_batch> find_earlier(ledger_reader& store, const context& ctx,
                                          const batch_question& asked) {
  earlier_batch found;
  if (asked.key) {
    auto used = store.find_key(ctx, asked.key->caller, asked.key->key);
    if (!used) return std::nullopt;
    found.key = std::move(*used);
  }
  const bool without_secret = found.key && !asked.ids_without_secret.empty() &&
                              found.key->object == asked.ids_without_secret.front();
  for (std::size_t i = 0; i < asked.ids.size(); ++i) {
    auto by_id = store.find_transfer(
        ctx, without_secret ? transfer_id(asked.ids_without_secret[i + 1]) : asked.ids[i]);
    if (!by_id) return std::nullopt;
    found.by_id.push_back(std::move(*by_id));
  }
  return found;
}

}  // namespace lifeline::ledger::detail
