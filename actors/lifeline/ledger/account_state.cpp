#include "lifeline/ledger/account_state.hpp"

#include <algorithm>

namespace lifeline::ledger {

namespace {

failure refusal(errc code, std::string detail) { return {code, outcome::none, std::move(detail)}; }

std::string named(const account_record& a) { return "account " + a.id.str(); }

}  // namespace

std::optional<failure> account_state::check(transfer_id id, const money& amount) const {
  switch (record_.status) {
    case account_status::frozen:
      return refusal(errc::account_frozen, named(record_) + " is frozen");
    case account_status::closed:
      return refusal(errc::account_closed, named(record_) + " is closed");
    case account_status::open: break;
  }
  if (amount.unit != record_.unit)
    return refusal(errc::currency_mismatch, named(record_) + " is in " +
                                                std::string(record_.unit.code()) + ", not in " +
                                                std::string(amount.unit.code()));
  if (moves_.contains(id))
    return refusal(errc::in_progress, "transfer " + id.str() + " is still on its way");
  return std::nullopt;
}

std::int64_t account_state::spendable() const noexcept {
  const std::int64_t floor =
      record_.type == account_type::world ? -max_minor : -record_.overdraft_limit;
  return record_.posted - record_.pending_out - reserved_ - floor;
}

std::optional<failure> account_state::reserve(transfer_id id, const money& amount,
                                              const std::optional<std::string>& debits_only) {
  if (debits_only && *debits_only != record_.owner)
    return refusal(errc::forbidden, named(record_) + " belongs to another owner");
  if (auto refused = check(id, amount)) return refused;
  if (amount.minor > spendable())
    return refusal(errc::insufficient_funds,
                   named(record_) + " can spend " +
                       std::to_string(std::max<std::int64_t>(0, spendable())) + ", not " +
                       std::to_string(amount.minor));
  reserved_ += amount.minor;
  moves_.emplace(id, -amount.minor);
  return std::nullopt;
}

std::optional<failure> account_state::accept(transfer_id id, const money& amount) {
  if (auto refused = check(id, amount)) return refused;
  const std::int64_t room = max_minor - record_.posted - record_.pending_in - incoming_;
  if (amount.minor > room)
    return refusal(errc::balance_limit, named(record_) + " can take in " + std::to_string(room) +
                                            " before its balance limit, not " +
                                            std::to_string(amount.minor));
  incoming_ += amount.minor;
  moves_.emplace(id, amount.minor);
  return std::nullopt;
}

std::int64_t account_state::take(transfer_id id) {
  const auto found = moves_.find(id);
  if (found == moves_.end()) return 0;
  const std::int64_t held = found->second;
  moves_.erase(found);
  (held < 0 ? reserved_ : incoming_) -= std::abs(held);
  return held;
}

void account_state::settle(transfer_id id) {
  const std::int64_t moved = take(id);
  if (moved == 0) return;
  record_.posted += moved;
  ++record_.version;
}

void account_state::release(transfer_id id) { take(id); }

}  // namespace lifeline::ledger
