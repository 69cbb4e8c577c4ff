#include "lifeline/ledger/group_saga.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "lifeline/ledger/group_answer.hpp"
#include "lifeline/ledger/transfer_saga.hpp"

namespace lifeline::ledger {

namespace {

/// Of a refusal that tells nothing of an earlier request under the same id.
bool asks_for_look_up(const group_item& item) {
  return item.refused && item.may_be_repeated && item.refused->known == outcome::none &&
         item.refused->code != errc::forbidden;
}

/// Refused for want of what another of the group may have taken?
bool wants_funds(errc e) { return e == errc::insufficient_funds; }
bool wants_funds_or_room(errc e) { return wants_funds(e) || e == errc::balance_limit; }

/// Will the same request be refused the same way whenever it comes?
bool is_final(const failure& f) { return is_refusal(f.code) && f.code != errc::in_progress; }

/// What the journal's word on the group as a whole means where it is no success.
failure failure_of_group(verdict v) {
  switch (v) {
    case verdict::overloaded:
      return {errc::overloaded, outcome::none, "the journal's queue is full"};
    case verdict::violated:
      return {errc::internal, outcome::none, "the batch would have broken the books"};
    case verdict::unknown:
      return {errc::store_unavailable, outcome::unknown,
              "the store could not say whether the batch is committed"};
    case verdict::committed:
    case verdict::duplicate:
    case verdict::ref_taken:
    case verdict::wrong_state:
    case verdict::left_out:
    case verdict::unavailable: break;
  }
  return {errc::store_unavailable, outcome::none, "the store could not commit"};
}

const failure used_for_other_content{errc::idempotency_mismatch, outcome::none,
                                     "the id was used before, for a request of other content"};

}  // namespace

// -- the accounts ---------------------------------------------------------------------------------

group_saga::orders group_saga::start(wall_time now) {
  step_ = step::reserving;
  sides_.resize(items_.size());
  std::vector<std::uint32_t> fit;
  for (std::uint32_t i = 0; i < items_.size(); ++i) {
    begin_transfer(items_[i].transfer, now);
    if (!items_[i].refused) items_[i].refused = unfit(items_[i].transfer);
    if (!items_[i].refused) fit.push_back(i);
  }
  if (atomic_ && fit.size() != items_.size()) return commit({});
  ask_for(fit);
  return wave_.empty() ? commit({}) : ask_more({});
}

/// Gathers what the items move by account, in the group's order.
void group_saga::ask_for(const std::vector<std::uint32_t>& items) {
  wave_ = items;
  queue_.clear();
  next_ = 0;
  std::unordered_map<account_id, std::size_t> places;
  const auto add = [&](const account_id& account, std::uint32_t i, bool debit) {
    const auto [found, is_new] = places.try_emplace(account, queue_.size());
    if (is_new) queue_.push_back({account, {}});
    const transfer_record& t = items_[i].transfer;
    queue_[found->second].legs.push_back({i, t.id, debit, t.amount, t.status});
  };
  for (const std::uint32_t i : wave_) {
    add(items_[i].transfer.from, i, true);
    add(items_[i].transfer.to, i, false);
  }
}

group_saga::orders group_saga::ask_more(orders also) {
  for (; next_ < queue_.size() && asked_.size() < window; ++next_) {
    account_legs& next = queue_[next_];
    for (const group_leg& leg : next.legs)
      (leg.debit ? sides_[leg.item].from : sides_[leg.item].to) = side::asked;
    asked_.emplace(next.account, next.legs);
    also.reserve.push_back(std::move(next));
  }
  return also;
}

group_saga::orders group_saga::reserved(const account_id& account,
                                        const std::vector<group_refusal>& refused,
                                        lifeline::errc ended) {
  const auto found = asked_.find(account);
  if (step_ != step::reserving || found == asked_.end()) return {};
  for (const group_leg& leg : found->second)
    (leg.debit ? sides_[leg.item].from : sides_[leg.item].to) = side::taken;
  for (const group_refusal& r : refused) {
    const bool debits = items_[r.item].transfer.from == account;
    (debits ? sides_[r.item].from : sides_[r.item].to) = side::refused;
    note(items_[r.item], r.why, debits);
  }
  asked_.erase(found);
  if (ended != lifeline::errc::none) return context_ended(ended);
  orders more = ask_more({});
  return asked_.empty() ? end_of_wave() : more;
}

/// Of two refusals that counts which stays whatever others do; of two such, the payer's.
void group_saga::note(group_item& item, const failure& why, bool debits) {
  if (item.refused) {
    const bool first_stays = !wants_funds_or_room(item.refused->code);
    const bool this_stays = !wants_funds_or_room(why.code);
    if (first_stays != this_stays ? first_stays : !debits) return;
  }
  item.refused = why;
}

group_saga::orders group_saga::end_of_wave() {
  if (atomic_) return commit({});
  const auto again = worth_another_try();
  orders also;
  give_back(wave_, also);
  if (again.empty()) return commit(std::move(also));
  for (const std::uint32_t i : again) items_[i].refused.reset();
  ask_for(again);
  return ask_more(std::move(also));
}

/// Of those among `items` that are refused. To each account at most one message.
void group_saga::give_back(const std::vector<std::uint32_t>& items, orders& into) {
  std::unordered_map<account_id, std::size_t> places;
  const auto release = [&](side& s, const account_id& account, const transfer_id& transfer) {
    const bool held = s == side::taken || s == side::asked;
    s = side::untouched;
    if (!held) return;
    const auto [found, is_new] = places.try_emplace(account, into.release.size());
    if (is_new) into.release.push_back({account, {}});
    into.release[found->second].transfers.push_back(transfer);
  };
  for (const std::uint32_t i : items) {
    if (!items_[i].refused && !refused_) continue;
    const transfer_record& t = items_[i].transfer;
    release(sides_[i].from, t.from, t.id);
    release(sides_[i].to, t.to, t.id);
  }
}

/// Those refused for want of what another one gives back, which will not be tried again itself: so
/// each time they are fewer.
std::vector<std::uint32_t> group_saga::worth_another_try() const {
  for (const auto may_be_tried : {wants_funds_or_room, wants_funds}) {
    std::unordered_set<account_id> freed;
    for (const std::uint32_t i : wave_) {
      const auto& [transfer, may_be_repeated, replayed, refused] = items_[i];
      if (!refused || may_be_tried(refused->code)) continue;
      if (sides_[i].from == side::taken) freed.insert(transfer.from);
      if (sides_[i].to == side::taken) freed.insert(transfer.to);
    }
    std::vector<std::uint32_t> again;
    for (const std::uint32_t i : wave_) {
      const auto& [transfer, may_be_repeated, replayed, refused] = items_[i];
      if (!refused || !may_be_tried(refused->code)) continue;
      if (freed.contains(wants_funds(refused->code) ? transfer.from : transfer.to))
        again.push_back(i);
    }
    if (!again.empty()) return again;
  }
  return {};
}

group_saga::orders group_saga::context_ended(lifeline::errc e) {
  if (step_ == step::looking_up) {
    failure why = failure_of(e);
    why.known = outcome::unknown;
    return fail(std::move(why), {});
  }
  if (step_ != step::reserving) return {};
  fail(failure_of(e), {});
  orders also{.answer = true};
  give_back(all_places(), also);
  return also;
}

// -- the journal ----------------------------------------------------------------------------------

group_saga::orders group_saga::commit(orders also) {
  if (atomic_ && std::ranges::any_of(items_, [](const auto& i) { return i.refused.has_value(); })) {
    refuse_all_for_one();
    give_back(all_places(), also);
  }
  for (std::uint32_t i = 0; i < items_.size(); ++i)
    if (!items_[i].refused) members_.push_back(i);
  if (members_.empty() && !kept_answer()) return finish(std::move(also));
  step_ = step::committing;
  also.append = true;
  return also;
}

void group_saga::refuse_all_for_one() {
  const auto first =
      std::ranges::find_if(items_, [](const auto& i) { return i.refused.has_value(); });
  const std::string place = std::to_string(first - items_.begin());
  const failure& why = *first->refused;
  for (group_item& item : items_)
    if (!item.refused)
      item.refused = failure{why.code, why.known,
                             "not moved, because transfers[" + place +
                                 "] of this atomic batch was"
                                 " refused: " +
                                 why.detail};
}

std::optional<std::string> group_saga::kept_answer() const {
  const auto may_change = [](const group_item& i) { return i.refused && !is_final(*i.refused); };
  if (!key_digest_ || std::ranges::any_of(items_, may_change)) return std::nullopt;
  return write_refusals(items_);
}

group_saga::orders group_saga::journaled(const std::vector<entry_verdict>& verdicts, wall_time at) {
  if (step_ != step::committing || verdicts.size() != members_.size() + 1) return {};
  const verdict own = verdicts.front().what;
  if (own != verdict::committed && own != verdict::duplicate)
    return fail(failure_of_group(own), {});
  settle(verdicts, at);
  if (own == verdict::duplicate) {
    const auto is_duplicate = [](const entry_verdict& v) { return v.what == verdict::duplicate; };
    key_used_ = std::none_of(verdicts.begin() + 1, verdicts.end(), is_duplicate);
  }
  return finish({});
}

void group_saga::settle(const std::vector<entry_verdict>& verdicts, wall_time at) {
  for (std::size_t n = 0; n < members_.size(); ++n) {
    group_item& item = items_[members_[n]];
    const entry_verdict& v = verdicts[n + 1];
    if (v.what == verdict::committed) {
      item.transfer = after_opening(std::move(item.transfer), v.sequence, at);
    } else {
      repeated(item);
    }
  }
}

/// The store knows its id: what of, a look-up tells.
void group_saga::repeated(group_item& item) {
  item.refused = failure_of(verdict::duplicate);
  item.may_be_repeated = true;
}

// -- what was before ------------------------------------------------------------------------------

group_saga::orders group_saga::finish(orders also) {
  for (std::uint32_t i = 0; i < items_.size(); ++i)
    if (key_used_ || asks_for_look_up(items_[i])) to_look_up_.push_back(i);
  if (to_look_up_.empty()) return answer(std::move(also));
  step_ = step::looking_up;
  also.look_up = true;
  return also;
}

group_saga::orders group_saga::looked_up(const std::optional<earlier_group>& found) {
  if (step_ != step::looking_up) return {};
  if (!found || (key_used_ && !found->key))
    return fail({errc::store_unavailable, outcome::unknown,
                 "the store could not be asked for earlier requests"},
                {});
  if (key_used_ && found->key->digest != key_digest_)
    return fail({errc::idempotency_mismatch, outcome::none,
                 "the idempotency key was used before, for a request of other content"},
                {});
  key_used_ ? replay_kept(*found) : judge(*found);
  return answer({});
}

void group_saga::judge(const earlier_group& found) {
  const auto is_repeated = [&](std::size_t n) {
    const auto& first = found.by_id[n];
    return first && same_content(*first, items_[to_look_up_[n]].transfer);
  };
  bool all = to_look_up_.size() == items_.size();
  for (std::size_t n = 0; n < to_look_up_.size(); ++n) all = all && is_repeated(n);
  for (std::size_t n = 0; n < to_look_up_.size(); ++n) {
    group_item& item = items_[to_look_up_[n]];
    if (!atomic_ || all || !is_repeated(n)) {
      judge(item, found.by_id[n]);
    } else {
      item.refused = failure{errc::already_exists, outcome::none,
                             "transfer " + item.transfer.id.str() +
                                 " exists already, and others of this atomic batch don't"};
    }
  }
}

void group_saga::judge(group_item& item, const std::optional<transfer_record>& found) const {
  if (!found) return;
  if (!same_content(*found, item.transfer)) {
    item.refused = used_for_other_content;
    return;
  }
  item.transfer = as_first_answered(*found);
  item.refused.reset();
  item.replayed = true;
}

/// The first answer, made again as it was made then: from what was refused, what the group did, and
/// what stood in the ledger before it. What came later does not count.
void group_saga::replay_kept(const earlier_group& found) {
  replayed_ = true;
  const auto refusals = read_refusals(found.key->answer.value_or(""));
  if (!refusals) refused_ = failure{errc::internal, outcome::none, "the kept answer is damaged"};
  if (!refusals) return;
  for (group_item& item : items_) item.refused.reset();
  for (const group_refusal& r : *refusals)
    if (r.item < items_.size()) items_[r.item].refused = r.why;
  earlier_group before;
  to_look_up_.clear();
  for (std::uint32_t i = 0; i < items_.size(); ++i) {
    const auto& stored = found.by_id[i];
    const bool stood_before = stored && stored->first_sequence <= found.key->behind.value_or(0);
    if (!items_[i].refused) replay_member(items_[i], stored, stood_before);
    if (!asks_for_look_up(items_[i])) continue;
    to_look_up_.push_back(i);
    before.by_id.push_back(stood_before ? stored : std::nullopt);
  }
  judge(before);
}

void group_saga::replay_member(group_item& item, const std::optional<transfer_record>& stored,
                               bool stood_before) const {
  if (stood_before) return repeated(item);
  judge(item, stored);
  item.replayed = false;
}

std::vector<std::uint32_t> group_saga::all_places() const {
  std::vector<std::uint32_t> all(items_.size());
  std::iota(all.begin(), all.end(), 0U);
  return all;
}

bool group_saga::any_may_be_repeated() const noexcept {
  return std::ranges::any_of(items_, [](const group_item& i) { return i.may_be_repeated; });
}

/// Of the group as a whole. What is known of an earlier request nobody was asked.
group_saga::orders group_saga::fail(failure why, orders also) {
  refused_ = std::move(why);
  if (!is_refusal(refused_->code) && any_may_be_repeated()) refused_->known = outcome::unknown;
  return answer(std::move(also));
}

group_saga::orders group_saga::answer(orders also) {
  step_ = step::answered;
  also.answer = true;
  return also;
}

}  // namespace lifeline::ledger
