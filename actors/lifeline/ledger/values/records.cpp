#include "lifeline/ledger/values/records.hpp"

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

std::optional<wall_time> due_at(const transfer_record& t) noexcept {
  switch (t.status) {
    case transfer_status::scheduled: return t.execute_at;
    case transfer_status::pending: return t.expires_at;
    case transfer_status::posted:
    case transfer_status::voided:
    case transfer_status::expired:
    case transfer_status::rejected: break;
  }
  return std::nullopt;
}

namespace {

/// A part of a hold may have been posted since.
money asked_amount(const transfer_record& t) {
  return {t.held.value_or(t.amount.minor), t.amount.unit};
}

}  // namespace

account_record opened_at(account_record a, wall_time at) {
  a.created_at = at;
  return a;
}

transfer_record as_first_answered(transfer_record t) {
  t.amount = asked_amount(t);
  t.sequence = t.first_sequence;
  t.reason.reset();
  if (t.execute_at) {
    t.status = transfer_status::scheduled;
    t.held.reset();
    t.expires_at.reset();
    t.posted_at.reset();
  } else if (t.two_phase) {
    t.status = transfer_status::pending;
    t.posted_at.reset();
  }
  return t;
}

account_record as_opened(account_record a, std::int64_t overdraft_limit) {
  a.posted = a.pending_in = a.pending_out = 0;
  a.version = 1;
  a.status = account_status::open;
  a.overdraft_limit = overdraft_limit;
  return a;
}

bool same_content(const transfer_record& a, const transfer_record& b) {
  return a.from == b.from && a.to == b.to && asked_amount(a) == asked_amount(b) &&
         a.kind == b.kind && a.memo == b.memo && a.metadata == b.metadata &&
         a.two_phase == b.two_phase && a.expires_in == b.expires_in &&
         a.execute_at == b.execute_at && a.reverses == b.reverses;
}

bool operator==(const account_record& a, const account_record& b) {
  return a.id == b.id && same_content(a, b) && a.status == b.status && a.posted == b.posted &&
         a.pending_in == b.pending_in && a.pending_out == b.pending_out && a.version == b.version &&
         a.created_at == b.created_at;
}

bool same_content(const account_record& a, const account_record& b) {
  return a.owner == b.owner && a.type == b.type && a.unit == b.unit && a.ref == b.ref &&
         a.overdraft_limit == b.overdraft_limit;
}

}  // namespace lifeline::ledger
