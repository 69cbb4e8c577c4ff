#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lifeline/context/error.hpp"
#include "lifeline/ledger/core/commit_batch.hpp"
#include "lifeline/ledger/core/legs.hpp"
#include "lifeline/ledger/ledger_reader.hpp"
#include "lifeline/ledger/values/error.hpp"

namespace lifeline::ledger {

/// One transfer of a batch, and its result.
struct batch_item {
  transfer_record transfer;
  bool may_be_repeated = false;  ///< the client chose its id, or the key it was derived from
  bool replayed = false;
  /// May be set beforehand, for refusals that need no account.
  std::optional<failure> refused = {};
};

struct item_refusal {
  std::uint32_t item = 0;  ///< its place in the batch
  failure why;
};

/// A leg to take back.
struct held_leg {
  account_id account;
  transfer_id transfer;
};

/// The store's answer about earlier requests.
struct earlier_batch {
  std::optional<key_record> key;                      ///< if the key was looked up and was used
  std::vector<std::optional<transfer_record>> by_id;  ///< of `to_look_up`, in its order
};

/// The batch's next actions; `answer` ends it.
struct batch_actions {
  std::vector<std::uint32_t> ask_from = {};  ///< items: send the payer's leg of each
  std::vector<std::uint32_t> ask_to = {};
  std::vector<held_leg> release = {};
  bool await_commit = false;  ///< call `commit_ended` when the commit in progress has ended
  bool append = false;        ///< append the `members` to the journal, together
  bool look_up = false;       ///< `to_look_up`, and the key if `asks_for_key`
  bool answer = false;
};

/// The pure core of a batch of new transfers: everything that their accounts accepted goes to the
/// journal together. An event goes in, the next actions come out.
///
/// Separate items: a transfer refused by one side releases its leg on the other, and items refused
/// only for lack of it are retried. Credit within the batch can't be spent in it.
///
/// Atomic: one refusal refuses all. The first item with a reason of its own is the culprit; items
/// without one name it, with its code. An item that an earlier request has moved is refused for
/// that, unless all were: then the batch is a repetition.
///
/// A refusal that the commit in progress may lift is tried again when that has ended. Before an
/// item is refused, it is looked up whether earlier requests moved it or the items in its way:
/// moved items reserve nothing. So the answer kept under the key is true.
///
///     asking --> [looking first --> asking] --> committing --> [looking up --> keeping key]
///
/// As in `transfer_request`: once an account was asked, every end before the journal, except its
/// own refusal, releases its leg.
class transfer_batch {
 public:
  using actions = batch_actions;

  /// Items asked at a time, because resting accounts must be loaded first.
  static constexpr std::size_t window = 512;

  transfer_batch(std::vector<batch_item> items, bool atomic, std::optional<std::string> key_digest)
      : items_(std::move(items)), atomic_(atomic), key_digest_(std::move(key_digest)) {}

  actions start(wall_time now);
  /// One account's answer about an item. `ended`: the state of the request's context.
  actions answered(std::uint32_t item, const account_id& by, std::optional<leg_refusal> refused,
                   lifeline::errc ended);
  actions commit_ended();
  actions context_ended(lifeline::errc e);
  /// The batch's own verdict, followed by those of its `members`.
  actions journaled(const std::vector<entry_verdict>& verdicts);
  /// Empty: the store could not be read. `ended`: the state of the request's context.
  actions looked_up(const std::optional<earlier_batch>& found,
                    lifeline::errc ended = lifeline::errc::none);

  /// The items that go to the journal, by their places.
  const std::vector<std::uint32_t>& members() const noexcept { return members_; }
  /// The answer to keep under its key; empty if a refusal may differ the next time.
  std::optional<std::string> kept_answer() const;
  const std::vector<std::uint32_t>& to_look_up() const noexcept { return to_look_up_; }
  bool asks_for_key() const noexcept { return key_used_ || step_ == step::looking_first; }

  const std::vector<batch_item>& items() const noexcept { return items_; }
  /// Why there are no results per item.
  const std::optional<failure>& refused() const noexcept { return refused_; }
  bool replayed() const noexcept { return replayed_; }

 private:
  enum class step : std::uint8_t {
    created,
    asking,
    awaiting_commit,
    looking_first,
    committing,
    looking_up,
    answered
  };
  using places = std::vector<std::uint32_t>;
  struct progress {
    leg_state from = leg_state::untouched;
    leg_state to = leg_state::untouched;
    bool may_lift = false;  // all its refusals
  };

  actions ask_for(places items, actions also);
  actions ask_more(actions also);
  actions end_of_wave();
  actions try_again(const places& items, actions also);
  void note(std::uint32_t item, leg_refusal refused, bool debits);
  places all_places() const;
  places refused_of(const places& items) const;
  places worth_another_try() const;
  places liftable() const;
  places beside(const places& moved_before) const;
  void give_back(const places& items, actions& into);

  actions look_first(actions also);
  places worth_looking_up() const;
  actions looked_first(const earlier_batch& found, lifeline::errc ended);
  void judge(const earlier_batch& found);
  void judge(batch_item& item, const std::optional<transfer_record>& found) const;
  actions find_answer_of_key(actions also);
  actions replay_kept(const earlier_batch& found);

  actions commit(actions also);
  actions append(actions also);
  void blame_culprit();
  actions settle(const std::vector<entry_verdict>& verdicts);
  actions conclude(actions also);
  actions end_before_commit(failure why);
  actions fail(failure why, actions also);
  actions answer(actions also);

  std::vector<batch_item> items_;
  bool atomic_;
  std::optional<std::string> key_digest_;
  step step_ = step::created;
  std::vector<progress> progress_ = {};
  places wave_ = {};
  std::size_t next_ = 0;   // position in the wave
  std::size_t asked_ = 0;  // items with an open leg
  std::size_t tries_ = 0;  // after commits
  places members_ = {};
  places to_look_up_ = {};
  bool looked_first_ = false;
  bool key_offered_ = false;  // in the latest append
  bool key_kept_ = false;
  bool key_used_ = false;  // by an earlier request
  std::optional<failure> refused_ = {};
  bool replayed_ = false;
};

}  // namespace lifeline::ledger
