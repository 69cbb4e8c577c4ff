#include "lifeline/ledger/records.hpp"

namespace lifeline::ledger {

std::string_view to_string(account_type t) noexcept {
  switch (t) {
    case account_type::checking: return "checking";
    case account_type::savings: return "savings";
    case account_type::merchant: return "merchant";
    case account_type::world: return "world";
  }
  return "unknown";
}

std::string_view to_string(account_status s) noexcept {
  switch (s) {
    case account_status::open: return "open";
    case account_status::frozen: return "frozen";
    case account_status::closed: return "closed";
  }
  return "unknown";
}

std::string_view to_string(transfer_status s) noexcept {
  switch (s) {
    case transfer_status::scheduled: return "scheduled";
    case transfer_status::pending: return "pending";
    case transfer_status::posted: return "posted";
    case transfer_status::voided: return "voided";
    case transfer_status::expired: return "expired";
    case transfer_status::rejected: return "rejected";
  }
  return "unknown";
}

namespace {

template <class Enum>
std::optional<Enum> parse_up_to(Enum last, std::string_view text) noexcept {
  for (int i = 0; i <= static_cast<int>(last); ++i)
    if (to_string(static_cast<Enum>(i)) == text) return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace

std::optional<account_type> parse_account_type(std::string_view text) noexcept {
  return parse_up_to(account_type::merchant, text);
}

std::optional<account_status> parse_account_status(std::string_view text) noexcept {
  return parse_up_to(account_status::closed, text);
}

std::optional<transfer_status> parse_transfer_status(std::string_view text) noexcept {
  return parse_up_to(transfer_status::rejected, text);
}

account_id world_account(currency unit) { return account_id(uuid::derive({"world", unit.code()})); }

bool same_content(const transfer_record& a, const transfer_record& b) {
  return a.from == b.from && a.to == b.to && a.amount == b.amount && a.kind == b.kind &&
         a.memo == b.memo && a.metadata == b.metadata;
}

bool same_content(const account_record& a, const account_record& b) {
  return a.owner == b.owner && a.type == b.type && a.unit == b.unit && a.ref == b.ref &&
         a.overdraft_limit == b.overdraft_limit;
}

}  // namespace lifeline::ledger
