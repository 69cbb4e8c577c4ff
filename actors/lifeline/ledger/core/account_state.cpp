#include "lifeline/ledger/core/account_state.hpp"

#include <algorithm>
#include <utility>

namespace lifeline::ledger {

namespace {

failure refusal(errc code, std::string detail) { return {code, outcome::none, std::move(detail)}; }

std::string named(const account_record& a) { return "account " + a.id.str(); }

std::int64_t more_than_none(std::int64_t n) noexcept { return std::max<std::int64_t>(0, n); }

/// What a change adds to the spendable funds. The opening of a hold gives its payee nothing yet.
std::int64_t gain_of(const balance_change& c) noexcept {
  return more_than_none(c.posted - c.pending_out);
}

/// What the opening of a transfer needs of its payer, and of the room at its payee.
std::int64_t taken_by(const balance_change& c) noexcept { return c.pending_out - c.posted; }
std::int64_t given_by(const balance_change& c) noexcept { return c.pending_in + c.posted; }

}  // namespace

std::optional<failure> account_state::check_status() const {
  const auto next = changing_ ? changing_->status : std::nullopt;
  const bool closed = record_.status == account_status::closed || next == account_status::closed;
  if (closed) return refusal(errc::account_closed, named(record_) + " is closed");
  const bool frozen = record_.status == account_status::frozen || next == account_status::frozen;
  if (frozen) return refusal(errc::account_frozen, named(record_) + " is frozen");
  return std::nullopt;
}

std::int64_t account_state::spendable() const noexcept {
  const auto next = changing_ ? changing_->overdraft_limit : std::nullopt;
  const std::int64_t limit = std::min(record_.overdraft_limit, next.value_or(max_minor));
  const std::int64_t floor = record_.type == account_type::world ? -max_minor : -limit;
  return record_.posted - record_.pending_out - reserved_ - floor;
}

std::int64_t account_state::spendable_once_durable() const noexcept {
  const auto next = changing_ ? changing_->overdraft_limit : std::nullopt;
  const std::int64_t limit = next.value_or(record_.overdraft_limit);
  return record_.posted - record_.pending_out - reserved_ + gains_ + limit;
}

/// World accounts have no limit of their own, except the range of exact numbers.
std::optional<failure> account_state::check_funds(std::int64_t needed) const {
  if (needed <= spendable()) return std::nullopt;
  const bool is_world = record_.type == account_type::world;
  return refusal(is_world ? errc::balance_limit : errc::insufficient_funds,
                 named(record_) + " can spend " + std::to_string(more_than_none(spendable())) +
                     ", not " + std::to_string(needed));
}

std::optional<failure> account_state::check_room(std::int64_t needed) const {
  const std::int64_t room = max_minor - record_.posted - record_.pending_in - incoming_;
  if (needed <= room) return std::nullopt;
  return refusal(errc::balance_limit, named(record_) + " can take in " + std::to_string(room) +
                                          " before its balance limit, not " +
                                          std::to_string(needed));
}

/// The sum of holds is bounded like a balance, however much an overdraft allows.
std::optional<failure> account_state::check_held(const char* side, std::int64_t held,
                                                 std::int64_t more) const {
  if (more <= max_minor - held) return std::nullopt;
  return refusal(errc::balance_limit, "of " + named(record_) + " " +
                                          std::to_string(max_minor - held) + " more can be held " +
                                          side + " it, not " + std::to_string(more));
}

std::optional<failure> account_state::check(const leg& l,
                                            const std::optional<std::string>& debits_only) const {
  if (l.kind != leg_kind::credit && debits_only && *debits_only != record_.owner)
    return refusal(errc::forbidden, named(record_) + " belongs to another owner");
  // Before all that may have changed since: the earlier attempt may still be committed.
  if (moves_.contains(l.transfer))
    return refusal(errc::in_progress, "the same transfer is still in progress");
  if (l.kind != leg_kind::end) {
    if (auto refused = check_status()) return refused;
    if (l.unit != record_.unit)
      return refusal(errc::currency_mismatch, named(record_) + " is in " +
                                                  std::string(record_.unit.code()) + ", not in " +
                                                  std::string(l.unit.code()));
  }
  if (l.kind == leg_kind::debit) {
    if (auto refused = check_funds(taken_by(l.change))) return refused;
    return check_held("from", record_.pending_out + held_from_, l.change.pending_out);
  }
  if (l.kind == leg_kind::end) return std::nullopt;
  if (auto refused = check_room(given_by(l.change))) return refused;
  return check_held("for", record_.pending_in + held_for_, l.change.pending_in);
}

/// Whether the commit in progress may lift the refusal. The store may have committed, and shown,
/// what this object does not know yet; and credits that others asked for may come to nothing.
bool account_state::may_lift(const failure& why, const leg& l) const noexcept {
  const auto next = changing_ ? changing_->status : std::nullopt;
  if (why.code == errc::account_frozen) return next == account_status::open;
  if (l.kind == leg_kind::debit)
    return why.code == errc::insufficient_funds && taken_by(l.change) <= spendable_once_durable();
  return why.code == errc::balance_limit &&
         given_by(l.change) <= max_minor - record_.posted - record_.pending_in &&
         l.change.pending_in <= max_minor - record_.pending_in;
}

std::optional<leg_refusal> account_state::take(const leg& l,
                                               const std::optional<std::string>& debits_only,
                                               std::uint64_t attempt) {
  if (auto why = check(l, debits_only)) {
    const bool liftable = may_lift(*why, l);
    return leg_refusal{std::move(*why), liftable};
  }
  const std::int64_t reserved = l.kind == leg_kind::debit ? taken_by(l.change) : 0;
  const std::int64_t incoming = l.kind == leg_kind::credit ? given_by(l.change) : 0;
  begin(l.transfer, {reserved, incoming, l.change, attempt});
  return std::nullopt;
}

void account_state::begin(transfer_id id, const move& m) {
  reserved_ += m.reserved;
  incoming_ += m.incoming;
  gains_ += gain_of(m.change);
  held_from_ += more_than_none(m.change.pending_out);
  held_for_ += more_than_none(m.change.pending_in);
  moves_.emplace(id, m);
}

std::optional<account_state::move> account_state::end(transfer_id id, std::uint64_t attempt) {
  const auto found = moves_.find(id);
  if (found == moves_.end() || found->second.attempt != attempt) return std::nullopt;
  const move m = found->second;
  moves_.erase(found);
  reserved_ -= m.reserved;
  incoming_ -= m.incoming;
  gains_ -= gain_of(m.change);
  held_from_ -= more_than_none(m.change.pending_out);
  held_for_ -= more_than_none(m.change.pending_in);
  return m;
}

bool account_state::settle(transfer_id id, std::uint64_t attempt) {
  const auto ended = end(id, attempt);
  if (!ended) return false;
  const balance_change& change = ended->change;
  if (change.is_nothing()) return true;
  record_.posted += change.posted;
  record_.pending_in += change.pending_in;
  record_.pending_out += change.pending_out;
  ++record_.version;
  return true;
}

bool account_state::release(transfer_id id, std::uint64_t attempt) {
  return end(id, attempt).has_value();
}

std::optional<failure> account_state::begin_change(const account_change& c) {
  if (changing_)
    return refusal(errc::in_progress, named(record_) + " is being changed by another request");
  if (auto refused = refusal_of(record_, c, {reserved_, !moves_.empty()})) return refused;
  changing_ = c;
  return std::nullopt;
}

void account_state::end_change(bool durable) {
  const auto c = std::exchange(changing_, std::nullopt);
  if (c && durable) record_ = changed(std::move(record_), *c);
}

}  // namespace lifeline::ledger
