#include "lifeline/ledger/core/transfer_batch.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "lifeline/ledger/core/kept_refusals.hpp"
#include "lifeline/ledger/core/refusals.hpp"
#include "lifeline/ledger/core/transfer_request.hpp"

namespace lifeline::ledger {

namespace {

/// True if the refusal says nothing about an earlier request with the same id.
bool tells_nothing_of_before(const failure& f) {
  return f.known == outcome::none && f.code != errc::forbidden;
}

/// True if funds are missing that another item of the batch may have taken.
bool wants_funds(errc e) { return e == errc::insufficient_funds; }
bool wants_room(errc e) { return e == errc::balance_limit; }
bool wants_funds_or_room(errc e) { return wants_funds(e) || wants_room(e); }

/// Funds are needed at the payer; room may be needed on either side.
bool wants_what_is_at(const batch_item& item, const std::unordered_set<account_id>& accounts) {
  if (accounts.contains(item.transfer.from)) return true;
  return !wants_funds(item.refused->code) && accounts.contains(item.transfer.to);
}

/// True if the same request will be refused in the same way at any time.
bool is_final(const failure& f) { return is_refusal(f.code) && f.code != errc::in_progress; }

const std::string subject = "the transfer";

}  // namespace

// -- the accounts ---------------------------------------------------------------------------------

transfer_batch::actions transfer_batch::start(wall_time now) {
  progress_.resize(items_.size());
  places fit;
  for (std::uint32_t i = 0; i < items_.size(); ++i) {
    begin_transfer(items_[i].transfer, now);
    if (!items_[i].refused) items_[i].refused = unfit(items_[i].transfer);
    if (!items_[i].refused) fit.push_back(i);
  }
  if (fit.empty() || (atomic_ && fit.size() != items_.size())) return look_first({});
  return ask_for(std::move(fit), {});
}

transfer_batch::actions transfer_batch::ask_for(places items, actions also) {
  step_ = step::asking;
  wave_ = std::move(items);
  next_ = 0;
  return ask_more(std::move(also));
}

transfer_batch::actions transfer_batch::ask_more(actions also) {
  for (; next_ < wave_.size() && asked_ < window; ++next_, ++asked_) {
    const std::uint32_t i = wave_[next_];
    const bool at_once = items_[i].transfer.amount.minor <= most_asked_at_once;
    progress_[i] = {leg_state::asked, at_once ? leg_state::asked : leg_state::untouched};
    also.ask_from.push_back(i);
    if (at_once) also.ask_to.push_back(i);
  }
  return also;
}

transfer_batch::actions transfer_batch::answered(std::uint32_t item, const account_id& by,
                                                 std::optional<leg_refusal> refused,
                                                 lifeline::errc ended) {
  if (step_ != step::asking || item >= items_.size()) return {};
  progress& p = progress_[item];
  const bool debits = items_[item].transfer.from == by;
  leg_state& s = debits ? p.from : p.to;
  if (s != leg_state::asked) return {};
  s = refused ? leg_state::refused : leg_state::taken;
  if (refused) note(item, std::move(*refused), debits);
  if (ended != lifeline::errc::none) return context_ended(ended);
  if (p.from == leg_state::asked || p.to == leg_state::asked) return {};
  if (p.from == leg_state::taken && p.to == leg_state::untouched) {
    p.to = leg_state::asked;
    return {.ask_to = {item}};
  }
  --asked_;
  actions more = ask_more({});
  return asked_ == 0 ? end_of_wave() : more;
}

/// Of two refusals, the permanent one counts; of two permanent ones, the payer's.
void transfer_batch::note(std::uint32_t i, leg_refusal refused, bool debits) {
  batch_item& item = items_[i];
  progress_[i].may_lift = refused.may_lift && (!item.refused || progress_[i].may_lift);
  if (item.refused) {
    const bool first_stays = !wants_funds_or_room(item.refused->code);
    const bool this_stays = !wants_funds_or_room(refused.why.code);
    if (first_stays != this_stays ? first_stays : !debits) return;
  }
  item.refused = std::move(refused.why);
}

transfer_batch::actions transfer_batch::end_of_wave() {
  actions also;
  if (!atomic_) {
    const places again = worth_another_try();
    give_back(refused_of(wave_), also);
    if (!again.empty()) return try_again(again, std::move(also));
  }
  places again = liftable();
  if (again.empty() || tries_ == most_tries) return look_first(std::move(also));
  ++tries_;
  give_back(again, also);
  wave_ = std::move(again);
  step_ = step::awaiting_commit;
  also.await_commit = true;
  return also;
}

transfer_batch::actions transfer_batch::commit_ended() {
  return step_ == step::awaiting_commit ? try_again(places(wave_), {}) : actions{};
}

transfer_batch::actions transfer_batch::try_again(const places& items, actions also) {
  for (const std::uint32_t i : items) items_[i].refused.reset();
  return ask_for(items, std::move(also));
}

void transfer_batch::give_back(const places& items, actions& into) {
  for (const std::uint32_t i : items) {
    const transfer_record& t = items_[i].transfer;
    progress& p = progress_[i];
    if (is_held(p.from)) into.release.push_back({t.from, t.id});
    if (is_held(p.to)) into.release.push_back({t.to, t.id});
    p.from = p.to = leg_state::untouched;
  }
}

transfer_batch::places transfer_batch::all_places() const {
  places all(items_.size());
  std::iota(all.begin(), all.end(), 0U);
  return all;
}

transfer_batch::places transfer_batch::refused_of(const places& items) const {
  places refused;
  std::ranges::copy_if(items, std::back_inserter(refused),
                       [this](std::uint32_t i) { return items_[i].refused.has_value(); });
  return refused;
}

/// Items refused for lack of what another item releases, where that item is not retried. So each
/// retry has fewer items.
transfer_batch::places transfer_batch::worth_another_try() const {
  for (const auto may_be_tried : {wants_funds_or_room, wants_funds, wants_room}) {
    std::unordered_set<account_id> freed;
    places wanting;
    for (const std::uint32_t i : refused_of(wave_)) {
      const transfer_record& t = items_[i].transfer;
      if (may_be_tried(items_[i].refused->code)) {
        wanting.push_back(i);
        continue;
      }
      if (progress_[i].from == leg_state::taken) freed.insert(t.from);
      if (progress_[i].to == leg_state::taken) freed.insert(t.to);
    }
    std::erase_if(wanting, [&](std::uint32_t i) { return !wants_what_is_at(items_[i], freed); });
    if (!wanting.empty()) return wanting;
  }
  return {};
}

/// Items that the commit in progress may make possible. Of an atomic batch: if no other is refused.
transfer_batch::places transfer_batch::liftable() const {
  places refused = refused_of(all_places());
  const std::size_t all =
      std::erase_if(refused, [this](std::uint32_t i) { return !progress_[i].may_lift; });
  return atomic_ && all != 0 ? places() : refused;
}

/// Items refused because of reservations of items that an earlier request has moved.
transfer_batch::places transfer_batch::beside(const places& moved_before) const {
  std::unordered_set<account_id> freed;
  for (const std::uint32_t i : moved_before) {
    if (progress_[i].from == leg_state::taken) freed.insert(items_[i].transfer.from);
    if (progress_[i].to == leg_state::taken) freed.insert(items_[i].transfer.to);
  }
  places wanting = refused_of(all_places());
  std::erase_if(wanting, [&](std::uint32_t i) {
    return !wants_funds_or_room(items_[i].refused->code) || !wants_what_is_at(items_[i], freed) ||
           std::ranges::binary_search(moved_before, i);
  });
  return wanting;
}

transfer_batch::actions transfer_batch::context_ended(lifeline::errc e) {
  if (step_ == step::asking || step_ == step::awaiting_commit || step_ == step::looking_first)
    return end_before_commit(failure_of(e));
  if (step_ != step::looking_up) return {};
  failure why = failure_of(e);
  why.known = outcome::unknown;
  return fail(std::move(why), {});
}

// -- what was before, as long as nothing is committed ---------------------------------------------

transfer_batch::actions transfer_batch::look_first(actions also) {
  if (!std::exchange(looked_first_, true)) to_look_up_ = worth_looking_up();
  if (to_look_up_.empty()) return commit(std::move(also));
  step_ = step::looking_first;
  also.look_up = true;
  return also;
}

/// If any item is refused: items that may be repetitions and may matter for that. Of an atomic
/// batch, no item is moved then. Of another batch: refused items, and items that use funds or room
/// that a refused one needs.
transfer_batch::places transfer_batch::worth_looking_up() const {
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
    const batch_item& item = items_[i];
    const bool in_the_way =
        atomic_ || wanted.contains(item.transfer.from) || wanted.contains(item.transfer.to);
    if (item.may_be_repeated &&
        (item.refused ? tells_nothing_of_before(*item.refused) : in_the_way))
      worth.push_back(i);
  }
  return worth;
}

transfer_batch::actions transfer_batch::looked_up(const std::optional<earlier_batch>& found,
                                                  lifeline::errc ended) {
  const bool is_first = step_ == step::looking_first;
  if (!is_first && step_ != step::looking_up) return {};
  if (!found || (key_used_ && !found->key)) {
    return is_first ? end_before_commit(not_looked_up()) : fail(not_looked_up(), {});
  }
  if (found->key && found->key->digest != key_digest_) {
    failure why = used_for_other_content("idempotency key");
    return is_first ? end_before_commit(std::move(why)) : fail(std::move(why), {});
  }
  if (is_first) return looked_first(*found, ended);
  if (key_used_) return replay_kept(*found);
  judge(*found);
  blame_culprit();
  return conclude({});
}

transfer_batch::actions transfer_batch::looked_first(const earlier_batch& found,
                                                     lifeline::errc ended) {
  if (ended != lifeline::errc::none) return context_ended(ended);
  actions also;
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
  for (const std::uint32_t i : moved_before) progress_[i] = {};  // no commit lifts their refusals
  if (again.empty()) return commit(std::move(also));
  give_back(again, also);
  return try_again(again, std::move(also));
}

void transfer_batch::judge(const earlier_batch& found) {
  std::size_t repeated = 0;
  for (std::size_t n = 0; n < to_look_up_.size(); ++n) {
    batch_item& item = items_[to_look_up_[n]];
    judge(item, found.by_id[n]);
    repeated += item.replayed ? 1 : 0;
  }
  if (!atomic_ || repeated == items_.size()) return;
  for (batch_item& item : items_)
    if (std::exchange(item.replayed, false))
      item.refused =
          failure{errc::already_exists, outcome::none,
                  "transfer " + item.transfer.id.str() +
                      " exists already: in an atomic batch, all transfers must be new, or none"};
}

void transfer_batch::judge(batch_item& item, const std::optional<transfer_record>& found) const {
  if (!found) return;
  if (!same_content(*found, item.transfer)) {
    item.refused = used_for_other_content("id");
    return;
  }
  item.transfer = as_first_answered(*found);
  item.refused.reset();
  item.replayed = true;
}

// -- the journal ----------------------------------------------------------------------------------

transfer_batch::actions transfer_batch::commit(actions also) {
  const bool comes_to_nothing = atomic_ && !refused_of(all_places()).empty();
  if (comes_to_nothing) {
    give_back(all_places(), also);
    blame_culprit();
  }
  for (std::uint32_t i = 0; i < items_.size(); ++i)
    if (!items_[i].refused && !items_[i].replayed) members_.push_back(i);
  return members_.empty() ? conclude(std::move(also)) : append(std::move(also));
}

transfer_batch::actions transfer_batch::append(actions also) {
  step_ = step::committing;
  key_offered_ = kept_answer().has_value();
  also.append = true;
  return also;
}

/// In a refused atomic batch: gives the culprit's reason to items without one of their own.
void transfer_batch::blame_culprit() {
  const auto culprit =
      std::ranges::find_if(items_, [](const auto& i) { return i.refused.has_value(); });
  if (!atomic_ || culprit == items_.end()) return;
  const std::string place = std::to_string(culprit - items_.begin());
  const failure why{culprit->refused->code, culprit->refused->known,
                    "not moved, because transfers[" + place +
                        "] of this atomic batch was refused: " + culprit->refused->detail};
  for (batch_item& item : items_)
    if (!item.refused) item.refused = why;
}

std::optional<std::string> transfer_batch::kept_answer() const {
  const auto may_change = [](const batch_item& i) { return i.refused && !is_final(*i.refused); };
  if (!key_digest_ || std::ranges::any_of(items_, may_change)) return std::nullopt;
  return write_refusals(items_);
}

transfer_batch::actions transfer_batch::journaled(const std::vector<entry_verdict>& verdicts) {
  if (step_ != step::committing || verdicts.size() != members_.size() + 1) return {};
  const verdict own = verdicts.front().what;
  if (own == verdict::committed) {
    key_kept_ = key_offered_;
    return settle(verdicts);
  }
  if (own != verdict::duplicate) return fail(failure_of(own, "the batch"), {});
  const bool id_used =
      std::ranges::any_of(verdicts.begin() + 1, verdicts.end(),
                          [](const entry_verdict& v) { return v.what == verdict::duplicate; });
  return id_used ? settle(verdicts) : find_answer_of_key({});
}

/// Items moved by an earlier request must be looked up; for the other items of a batch that was
/// left out, no more can be known.
transfer_batch::actions transfer_batch::settle(const std::vector<entry_verdict>& verdicts) {
  to_look_up_.clear();
  for (std::size_t n = 0; n < members_.size(); ++n) {
    batch_item& item = items_[members_[n]];
    const entry_verdict& v = verdicts[n + 1];
    if (v.what == verdict::committed && !v.transfer) {
      item.refused = not_looked_up();
    } else if (v.what == verdict::committed) {
      item.transfer = *v.transfer;
    } else if (v.what == verdict::duplicate) {
      item.refused = failure_of(verdict::duplicate, subject);
      to_look_up_.push_back(members_[n]);
    }
  }
  if (to_look_up_.empty()) return conclude({});
  step_ = step::looking_up;
  return {.look_up = true};
}

// -- the answer -----------------------------------------------------------------------------------

/// All results are known. A final refusal of the whole batch uses up its key, too.
transfer_batch::actions transfer_batch::conclude(actions also) {
  members_.clear();
  return kept_answer() && !key_kept_ ? append(std::move(also)) : answer(std::move(also));
}

/// An earlier request has used the key.
transfer_batch::actions transfer_batch::find_answer_of_key(actions also) {
  key_used_ = true;
  to_look_up_ = all_places();
  step_ = step::looking_up;
  also.look_up = true;
  return also;
}

/// The first answer again: what it refused, what the batch moved, and what stood in the ledger
/// before it. Later changes don't count.
transfer_batch::actions transfer_batch::replay_kept(const earlier_batch& found) {
  replayed_ = true;
  const std::uint64_t behind = found.key->behind.value_or(0);
  for (std::size_t n = 0; n < to_look_up_.size(); ++n) {
    const auto& stored = found.by_id[n];
    items_[n].refused = failure_of(verdict::duplicate, subject);
    judge(items_[n], stored);
    items_[n].replayed = items_[n].replayed && stored->first_sequence <= behind;
  }
  const auto refusals = read_refusals(found.key->answer.value_or(""));
  if (!refusals) return fail({errc::internal, outcome::none, "the stored answer is damaged"}, {});
  for (const item_refusal& r : *refusals) {
    if (r.item >= items_.size()) continue;
    items_[r.item].refused = r.why;
    items_[r.item].replayed = false;
  }
  return answer({});
}

transfer_batch::actions transfer_batch::end_before_commit(failure why) {
  actions also;
  give_back(all_places(), also);
  return fail(std::move(why), std::move(also));
}

/// A failure of the whole batch. Earlier requests were not looked up.
transfer_batch::actions transfer_batch::fail(failure why, actions also) {
  const auto may_be_repeated = [](const batch_item& i) { return i.may_be_repeated; };
  refused_ = std::move(why);
  if (!is_refusal(refused_->code) && std::ranges::any_of(items_, may_be_repeated))
    refused_->known = outcome::unknown;
  return answer(std::move(also));
}

transfer_batch::actions transfer_batch::answer(actions also) {
  step_ = step::answered;
  also.answer = true;
  return also;
}

}  // namespace lifeline::ledger
