#include "lifeline/ledger/group_saga.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "lifeline/ledger/group_answer.hpp"
#include "lifeline/ledger/transfer_saga.hpp"

namespace lifeline::ledger {

namespace {

/// True if the refusal says nothing about an earlier request with the same id.
bool tells_nothing_of_before(const failure& f) {
  return f.known == outcome::none && f.code != errc::forbidden;
}

/// True if funds are missing that another item of the group may have taken.
bool wants_funds(errc e) { return e == errc::insufficient_funds; }
bool wants_room(errc e) { return e == errc::balance_limit; }
bool wants_funds_or_room(errc e) { return wants_funds(e) || wants_room(e); }

/// Funds are needed at the payer; room may be needed on either side.
bool wants_what_is_at(const group_item& item, const std::unordered_set<account_id>& accounts) {
  if (accounts.contains(item.transfer.from)) return true;
  return !wants_funds(item.refused->code) && accounts.contains(item.transfer.to);
}

/// True if the same request will be refused in the same way at any time.
bool is_final(const failure& f) { return is_refusal(f.code) && f.code != errc::in_progress; }

/// The failure for the journal's verdict on the whole group, where it is not a success.
failure failure_of_group(verdict v) {
  switch (v) {
    case verdict::overloaded:
      return {errc::overloaded, outcome::none, "the journal's queue is full"};
    case verdict::violated:
      return {errc::internal, outcome::none, "the batch would break the ledger's invariants"};
    case verdict::unknown:
      return {errc::store_unavailable, outcome::unknown,
              "the store could not confirm whether the batch was committed"};
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
                                     "the id was used before, for a request with other content"};

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
  if (fit.empty() || (atomic_ && fit.size() != items_.size())) return look_first({});
  ask_for(fit);
  return ask_more({});
}

/// Collects what the items move, by account, in the group's order.
void group_saga::ask_for(const places& items) {
  wave_ = items;
  queue_.clear();
  next_ = 0;
  std::unordered_map<account_id, std::size_t> at;
  const auto add = [&](const account_id& account, std::uint32_t i, bool debit) {
    const auto [found, is_new] = at.try_emplace(account, queue_.size());
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

/// Of two refusals, the permanent one counts; of two permanent ones, the payer's.
void group_saga::note(group_item& item, const failure& why, bool debits) {
  if (item.refused) {
    const bool first_stays = !wants_funds_or_room(item.refused->code);
    const bool this_stays = !wants_funds_or_room(why.code);
    if (first_stays != this_stays ? first_stays : !debits) return;
  }
  item.refused = why;
}

group_saga::orders group_saga::end_of_wave() {
  orders also;
  if (atomic_) return look_first(std::move(also));
  const places again = worth_another_try();
  give_back(refused_of(wave_), also);
  return again.empty() ? look_first(std::move(also)) : try_again(again, std::move(also));
}

group_saga::orders group_saga::try_again(const places& items, orders also) {
  for (const std::uint32_t i : items) items_[i].refused.reset();
  step_ = step::reserving;
  ask_for(items);
  return ask_more(std::move(also));
}

/// Releases what these items reserved. At most one message per account.
void group_saga::give_back(const places& items, orders& into) {
  std::unordered_map<account_id, std::size_t> at;
  const auto release = [&](side& s, const account_id& account, const transfer_id& transfer) {
    const bool held = s == side::taken || s == side::asked;
    s = side::untouched;
    if (!held) return;
    const auto [found, is_new] = at.try_emplace(account, into.release.size());
    if (is_new) into.release.push_back({account, {}});
    into.release[found->second].transfers.push_back(transfer);
  };
  for (const std::uint32_t i : items) {
    const transfer_record& t = items_[i].transfer;
    release(sides_[i].from, t.from, t.id);
    release(sides_[i].to, t.to, t.id);
  }
}

group_saga::places group_saga::all_places() const {
  places all(items_.size());
  std::iota(all.begin(), all.end(), 0U);
  return all;
}

group_saga::places group_saga::refused_of(const places& items) const {
  places refused;
  std::ranges::copy_if(items, std::back_inserter(refused),
                       [this](std::uint32_t i) { return items_[i].refused.has_value(); });
  return refused;
}

/// Items refused for lack of what another item releases, where that item is not retried. So each
/// retry has fewer items.
group_saga::places group_saga::worth_another_try() const {
  for (const auto may_be_tried : {wants_funds_or_room, wants_funds, wants_room}) {
    std::unordered_set<account_id> freed;
    places wanting;
    for (const std::uint32_t i : refused_of(wave_)) {
      const transfer_record& t = items_[i].transfer;
      if (may_be_tried(items_[i].refused->code)) {
        wanting.push_back(i);
        continue;
      }
      if (sides_[i].from == side::taken) freed.insert(t.from);
      if (sides_[i].to == side::taken) freed.insert(t.to);
    }
    std::erase_if(wanting, [&](std::uint32_t i) { return !wants_what_is_at(items_[i], freed); });
    if (!wanting.empty()) return wanting;
  }
  return {};
}

/// Items refused because of reservations of items that an earlier request has moved.
group_saga::places group_saga::beside(const places& moved_before) const {
  std::unordered_set<account_id> freed;
  for (const std::uint32_t i : moved_before) {
    if (sides_[i].from == side::taken) freed.insert(items_[i].transfer.from);
    if (sides_[i].to == side::taken) freed.insert(items_[i].transfer.to);
  }
  places wanting = refused_of(all_places());
  std::erase_if(wanting, [&](std::uint32_t i) {
    return !wants_funds_or_room(items_[i].refused->code) || !wants_what_is_at(items_[i], freed) ||
           std::ranges::binary_search(moved_before, i);
  });
  return wanting;
}

group_saga::orders group_saga::context_ended(lifeline::errc e) {
  if (step_ == step::reserving || step_ == step::looking_first)
    return end_before_commit(failure_of(e));
  if (step_ != step::looking_up) return {};
  failure why = failure_of(e);
  why.known = outcome::unknown;
  return fail(std::move(why), {});
}

// -- what was before, as long as nothing is committed ---------------------------------------------

group_saga::orders group_saga::look_first(orders also) {
  if (!std::exchange(looked_first_, true)) to_look_up_ = worth_looking_up();
  if (to_look_up_.empty()) return commit(std::move(also));
  step_ = step::looking_first;
  also.look_up = true;
  return also;
}

/// If any item is refused: items that may be repetitions and may matter for that. Of an atomic
/// group, no item is moved then. Of another group: refused items, and items that use funds or room
/// that a refused one needs.
group_saga::places group_saga::worth_looking_up() const {
  std::unordered_set<account_id> wanted;
  const places refused = refused_of(all_places());
  if (refused.empty()) return {};
  for (const std::uint32_t i : refused) {
    if (!wants_funds_or_room(items_[i].refused->code)) continue;
    wanted.insert(items_[i].transfer.from);
    if (!wants_funds(items_[i].refused->code)) wanted.insert(items_[i].transfer.to);
  }
  places worth;
  for (const std::uint32_t i : all_places()) {
    const group_item& item = items_[i];
    const bool in_the_way =
        atomic_ || wanted.contains(item.transfer.from) || wanted.contains(item.transfer.to);
    if (item.may_be_repeated &&
        (item.refused ? tells_nothing_of_before(*item.refused) : in_the_way))
      worth.push_back(i);
  }
  return worth;
}

group_saga::orders group_saga::looked_up(const std::optional<earlier_group>& found,
                                         lifeline::errc ended) {
  const bool is_first = step_ == step::looking_first;
  if (!is_first && step_ != step::looking_up) return {};
  if (!found || (key_used_ && !found->key)) {
    failure why{errc::store_unavailable, outcome::unknown,
                "could not look up earlier requests in the store"};
    return is_first ? end_before_commit(std::move(why)) : fail(std::move(why), {});
  }
  if (found->key && found->key->digest != key_digest_) {
    failure why{errc::idempotency_mismatch, outcome::none,
                "the idempotency key was used before, for a request with other content"};
    return is_first ? end_before_commit(std::move(why)) : fail(std::move(why), {});
  }
  if (is_first) return looked_first(*found, ended);
  if (key_used_) return replay_kept(*found);
  judge(*found);
  return conclude({});
}

group_saga::orders group_saga::looked_first(const earlier_group& found, lifeline::errc ended) {
  if (ended != lifeline::errc::none) return context_ended(ended);
  orders also;
  if (found.key) {
    give_back(all_places(), also);
    return find_answer_of_key(std::move(also));
  }
  places moved_before;
  for (std::size_t n = 0; n < to_look_up_.size(); ++n)
    if (found.by_id[n]) moved_before.push_back(to_look_up_[n]);
  const places again = beside(moved_before);
  judge(found);
  to_look_up_.clear();
  give_back(moved_before, also);
  if (again.empty()) return commit(std::move(also));
  give_back(again, also);
  return try_again(again, std::move(also));
}

void group_saga::judge(const earlier_group& found) {
  std::size_t repeated = 0;
  for (std::size_t n = 0; n < to_look_up_.size(); ++n) {
    group_item& item = items_[to_look_up_[n]];
    judge(item, found.by_id[n]);
    repeated += item.replayed ? 1 : 0;
  }
  if (!atomic_ || repeated == items_.size()) return;
  for (group_item& item : items_)
    if (std::exchange(item.replayed, false))
      item.refused =
          failure{errc::already_exists, outcome::none,
                  "transfer " + item.transfer.id.str() +
                      " exists already: in an atomic batch, all transfers must be new, or none"};
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

// -- the journal ----------------------------------------------------------------------------------

group_saga::orders group_saga::commit(orders also) {
  const bool comes_to_nothing = atomic_ && !refused_of(all_places()).empty();
  if (comes_to_nothing) {
    give_back(all_places(), also);
    blame_culprit();
  }
  for (std::uint32_t i = 0; i < items_.size(); ++i)
    if (!items_[i].refused && !items_[i].replayed) members_.push_back(i);
  return members_.empty() ? conclude(std::move(also)) : append(std::move(also));
}

group_saga::orders group_saga::append(orders also) {
  step_ = step::committing;
  key_offered_ = kept_answer().has_value();
  also.append = true;
  return also;
}

/// In a refused atomic group: gives the culprit's reason to items without one of their own.
void group_saga::blame_culprit() {
  const auto culprit =
      std::ranges::find_if(items_, [](const auto& i) { return i.refused.has_value(); });
  if (!atomic_ || culprit == items_.end()) return;
  const std::string place = std::to_string(culprit - items_.begin());
  const failure why{culprit->refused->code, culprit->refused->known,
                    "not moved, because transfers[" + place +
                        "] of this atomic batch was refused: " + culprit->refused->detail};
  for (group_item& item : items_)
    if (!item.refused) item.refused = why;
}

std::optional<std::string> group_saga::kept_answer() const {
  const auto may_change = [](const group_item& i) { return i.refused && !is_final(*i.refused); };
  if (!key_digest_ || std::ranges::any_of(items_, may_change)) return std::nullopt;
  return write_refusals(items_);
}

group_saga::orders group_saga::journaled(const std::vector<entry_verdict>& verdicts, wall_time at) {
  if (step_ != step::committing || verdicts.size() != members_.size() + 1) return {};
  const verdict own = verdicts.front().what;
  if (own == verdict::committed) {
    key_kept_ = key_offered_;
    return settle(verdicts, at);
  }
  if (own != verdict::duplicate) return fail(failure_of_group(own), {});
  const bool id_used =
      std::ranges::any_of(verdicts.begin() + 1, verdicts.end(),
                          [](const entry_verdict& v) { return v.what == verdict::duplicate; });
  return id_used ? settle(verdicts, at) : find_answer_of_key({});
}

/// Items moved by an earlier request must be looked up; for the other items of a group that was
/// left out, no more can be known.
group_saga::orders group_saga::settle(const std::vector<entry_verdict>& verdicts, wall_time at) {
  to_look_up_.clear();
  for (std::size_t n = 0; n < members_.size(); ++n) {
    group_item& item = items_[members_[n]];
    const entry_verdict& v = verdicts[n + 1];
    if (v.what == verdict::committed) {
      item.transfer = after_opening(std::move(item.transfer), v.sequence, at);
    } else if (v.what == verdict::duplicate) {
      item.refused = failure_of(verdict::duplicate);
      to_look_up_.push_back(members_[n]);
    }
  }
  if (to_look_up_.empty()) return conclude({});
  step_ = step::looking_up;
  return {.look_up = true};
}

// -- the answer -----------------------------------------------------------------------------------

/// All results are known. A final refusal of the whole group uses up its key, too.
group_saga::orders group_saga::conclude(orders also) {
  blame_culprit();
  members_.clear();
  return kept_answer() && !key_kept_ ? append(std::move(also)) : answer(std::move(also));
}

/// An earlier request has used the key.
group_saga::orders group_saga::find_answer_of_key(orders also) {
  key_used_ = true;
  to_look_up_ = all_places();
  step_ = step::looking_up;
  also.look_up = true;
  return also;
}

/// The first answer again: what it refused, what the group moved, and what stood in the ledger
/// before it. Later changes don't count.
group_saga::orders group_saga::replay_kept(const earlier_group& found) {
  replayed_ = true;
  const std::uint64_t behind = found.key->behind.value_or(0);
  for (std::size_t n = 0; n < to_look_up_.size(); ++n) {
    const auto& stored = found.by_id[n];
    items_[n].refused = failure_of(verdict::duplicate);
    judge(items_[n], stored);
    items_[n].replayed = items_[n].replayed && stored->first_sequence <= behind;
  }
  const auto refusals = read_refusals(found.key->answer.value_or(""));
  if (!refusals) return fail({errc::internal, outcome::none, "the stored answer is damaged"}, {});
  for (const group_refusal& r : *refusals) {
    if (r.item >= items_.size()) continue;
    items_[r.item].refused = r.why;
    items_[r.item].replayed = false;
  }
  return answer({});
}

group_saga::orders group_saga::end_before_commit(failure why) {
  orders also;
  give_back(all_places(), also);
  return fail(std::move(why), std::move(also));
}

/// A failure of the whole group. Earlier requests were not looked up.
group_saga::orders group_saga::fail(failure why, orders also) {
  const auto may_be_repeated = [](const group_item& i) { return i.may_be_repeated; };
  refused_ = std::move(why);
  if (!is_refusal(refused_->code) && std::ranges::any_of(items_, may_be_repeated))
    refused_->known = outcome::unknown;
  return answer(std::move(also));
}

group_saga::orders group_saga::answer(orders also) {
  step_ = step::answered;
  also.answer = true;
  return also;
}

}  // namespace lifeline::ledger
