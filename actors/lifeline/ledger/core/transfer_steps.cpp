#include "lifeline/ledger/core/transfer_steps.hpp"

#include <utility>

namespace lifeline::ledger {

transfer_changes changes_of_opening(transfer_status becomes, std::int64_t minor) noexcept {
  switch (becomes) {
    case transfer_status::posted: return {{.posted = -minor}, {.posted = minor}};
    case transfer_status::pending: return {{.pending_out = minor}, {.pending_in = minor}};
    case transfer_status::scheduled:
    case transfer_status::voided:
    case transfer_status::expired:
    case transfer_status::rejected: break;
  }
  return {};
}

transfer_changes changes_of(const resolution& r, std::int64_t held) noexcept {
  if (r.expects != transfer_status::pending) return {};
  const std::int64_t moved = r.becomes == transfer_status::posted ? r.minor : 0;
  return {{.posted = -moved, .pending_out = -held}, {.posted = moved, .pending_in = -held}};
}

transfer_record after_execution(transfer_record t, std::uint64_t sequence, wall_time at) {
  const bool held = t.status == transfer_status::pending;
  t.sequence = sequence;
  t.reason.reset();
  t.posted_at = t.status == transfer_status::posted ? std::optional(at) : std::nullopt;
  t.held = held ? std::optional(t.amount.minor) : std::nullopt;
  t.expires_at = held && t.expires_in ? std::optional<wall_time>(at + *t.expires_in) : std::nullopt;
  return t;
}

transfer_record after_opening(transfer_record t, std::uint64_t sequence, wall_time at) {
  t.created_at = at;
  t.first_sequence = sequence;
  return after_execution(std::move(t), sequence, at);
}

transfer_record after_resolution(transfer_record t, const resolution& r, std::uint64_t sequence,
                                 wall_time at) {
  t.status = r.becomes;
  t.reason = r.reason;
  t.sequence = sequence;
  if (r.becomes == transfer_status::posted) {
    t.amount.minor = r.minor;
    t.posted_at = at;
  }
  return t;
}

bool is_result_of(const resolution& r, const transfer_record& t) noexcept {
  if (t.status != r.becomes || is_open(t.status)) return false;
  return r.becomes != transfer_status::posted || (t.held && t.amount.minor == r.minor);
}

transfer_id reversal_id(const id_deriver& ids, const transfer_id& reversed, std::size_t place) {
  return transfer_id(ids.of({"reversal", reversed.str(), std::to_string(place)}));
}

std::optional<transfer_id> reversal_id_without_secret(const id_deriver& ids,
                                                      const transfer_id& reversed) {
  const auto id = ids.without_secret({"reversal", reversed.str()});
  return id ? std::optional(transfer_id(*id)) : std::nullopt;
}

result<transfer_record> reversal_of(const transfer_record& posted, const transfer_id& id) {
  const auto refused = [&](const char* why) {
    return failure{errc::invalid_state, outcome::none, "transfer " + posted.id.str() + why};
  };
  if (posted.status != transfer_status::posted)
    return refused(" is not posted: only posted transfers can be reversed");
  if (posted.reverses) return refused(" is itself a reversal; make a new transfer instead");
  transfer_record t;
  t.id = id;
  t.from = posted.to;
  t.to = posted.from;
  t.amount = posted.amount;
  t.kind = "reversal";
  t.reverses = posted.id;
  return t;
}

}  // namespace lifeline::ledger
