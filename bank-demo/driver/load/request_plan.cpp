#include "driver/load/request_plan.hpp"

namespace bank::driver {

namespace {

/// A place that no phase has.
constexpr std::uint64_t place_of_accounts = ~0ULL;

}  // namespace

request_plan::request_plan(std::uint64_t seed, std::size_t accounts, const choice_settings& choice,
                           const operation_mix& mix, value_range amount, batch_settings batch)
    : seed_(seed), choice_(choice, accounts), mix_(mix), amount_(amount), batch_(batch) {}

planned_request request_plan::make(std::uint64_t place, std::uint64_t index) const {
  draws from(seed_, place, index);
  planned_request r;
  r.what = mix_.pick(from.unit());
  r.transfer = make_transfer(from);
  if (r.what == operation::pending_then_post) {
    const bool in_part = from.unit() < 0.5;
    r.post_amount = in_part ? from.between(1, r.transfer.amount) : r.transfer.amount;
  }
  if (r.what == operation::batch) {
    const auto size = static_cast<std::size_t>(from.between(batch_.size.from, batch_.size.to));
    r.all.reserve(size);
    while (r.all.size() < size) r.all.push_back(make_transfer(from));
  }
  return r;
}

planned_transfer request_plan::make_transfer(draws& from) const {
  planned_transfer t;
  t.id = from.id();
  t.from = choice_.pick(from);
  t.to = choice_.pick_other(from, t.from);
  t.amount = from.between(amount_.from, amount_.to);
  return t;
}

lifeline::ledger::uuid request_plan::account_id(std::size_t index) const {
  return draws(seed_, place_of_accounts, index).id();
}

}  // namespace bank::driver
