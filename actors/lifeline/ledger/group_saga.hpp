#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "lifeline/context/error.hpp"
#include "lifeline/ledger/commit_batch.hpp"
#include "lifeline/ledger/error.hpp"
#include "lifeline/ledger/ledger_reader.hpp"

namespace lifeline::ledger {

/// One transfer of a group, and its result.
struct group_item {
  transfer_record transfer;
  bool may_be_repeated = false;  ///< the client chose its id, or the key it was derived from
  bool replayed = false;
  std::optional<failure> refused =
      {};  ///< may be set beforehand, for refusals that need no account
};

/// One side of a group's transfer, at one account.
struct group_leg {
  std::uint32_t item = 0;  ///< its place in the group
  transfer_id transfer;
  bool debit = false;
  money amount;
  transfer_status becomes = transfer_status::posted;
};

struct group_refusal {
  std::uint32_t item = 0;
  failure why;
};

/// All that a group moves at one account.
struct account_legs {
  account_id account;
  std::vector<group_leg> legs;
};
struct account_transfers {
  account_id account;
  std::vector<transfer_id> transfers;
};

/// The store's answer about earlier requests.
struct earlier_group {
  std::optional<key_record> key;                      ///< if the key was looked up and was used
  std::vector<std::optional<transfer_record>> by_id;  ///< of `to_look_up`, in its order
};

/// The pure core of a group: each account is asked once for all that the group moves there, and
/// everything the accounts accepted goes to the journal together. An event goes in, the next
/// actions come out.
///
/// Separate items: a transfer refused by one side releases its reservation on the other, and items
/// refused only for lack of it are retried. Credit within the group can't be spent in it.
///
/// Atomic: one refusal refuses all. The first item with a reason of its own is the culprit; items
/// without one name it, with its code. An item that an earlier request has moved is refused for
/// that, unless all were: then the group is a repetition.
///
/// Before an item is refused, it is looked up whether earlier requests moved it or the items in its
/// way: moved items reserve nothing. So the answer kept under the key is true.
///
///     reserving --> [looking first --> reserving] --> committing --> [looking up --> keeping key]
///
/// As in `transfer_saga`: once an account was asked, every end before the journal, except its own
/// refusal, sends it a release.
class group_saga {
 public:
  struct orders {
    std::vector<account_legs> reserve = {};
    std::vector<account_transfers> release = {};
    bool append = false;
    bool look_up = false;  ///< `to_look_up`, and the key if `asks_for_key`
    bool answer = false;
  };

  /// Accounts asked at a time, because resting accounts must be loaded first.
  static constexpr std::size_t window = 1'024;

  group_saga(std::vector<group_item> items, bool atomic, std::optional<std::string> key_digest)
      : items_(std::move(items)), atomic_(atomic), key_digest_(std::move(key_digest)) {}

  orders start(wall_time now);
  /// `ended`: the state of the request's context.
  orders reserved(const account_id& account, const std::vector<group_refusal>& refused,
                  lifeline::errc ended);
  orders context_ended(lifeline::errc e);
  /// The group's own verdict, followed by those of its `members`.
  orders journaled(const std::vector<entry_verdict>& verdicts, wall_time at);
  /// Empty: the store could not be read. `ended`: the state of the request's context.
  orders looked_up(const std::optional<earlier_group>& found,
                   lifeline::errc ended = lifeline::errc::none);

  /// The items that go to the journal, by their places.
  const std::vector<std::uint32_t>& members() const noexcept { return members_; }
  /// The answer to keep under its key; empty if a refusal may differ the next time.
  std::optional<std::string> kept_answer() const;
  const std::vector<std::uint32_t>& to_look_up() const noexcept { return to_look_up_; }
  bool asks_for_key() const noexcept { return key_used_ || step_ == step::looking_first; }

  const std::vector<group_item>& items() const noexcept { return items_; }
  /// Why there are no results per item.
  const std::optional<failure>& refused() const noexcept { return refused_; }
  bool replayed() const noexcept { return replayed_; }

 private:
  enum class step : std::uint8_t {
    created,
    reserving,
    looking_first,
    committing,
    looking_up,
    answered
  };
  enum class side : std::uint8_t { untouched, asked, taken, refused };
  using places = std::vector<std::uint32_t>;
  struct progress {
    side from = side::untouched;
    side to = side::untouched;
  };

  void ask_for(const places& items);
  orders ask_more(orders also);
  orders end_of_wave();
  orders try_again(const places& items, orders also);
  static void note(group_item& item, const failure& why, bool debits);
  places all_places() const;
  places refused_of(const places& items) const;
  places worth_another_try() const;
  places beside(const places& moved_before) const;
  void give_back(const places& items, orders& into);

  orders look_first(orders also);
  places worth_looking_up() const;
  orders looked_first(const earlier_group& found, lifeline::errc ended);
  void judge(const earlier_group& found);
  void judge(group_item& item, const std::optional<transfer_record>& found) const;
  orders find_answer_of_key(orders also);
  orders replay_kept(const earlier_group& found);

  orders commit(orders also);
  orders append(orders also);
  void blame_culprit();
  orders settle(const std::vector<entry_verdict>& verdicts, wall_time at);
  orders conclude(orders also);
  orders end_before_commit(failure why);
  orders fail(failure why, orders also);
  orders answer(orders also);

  std::vector<group_item> items_;
  bool atomic_;
  std::optional<std::string> key_digest_;
  step step_ = step::created;
  std::vector<progress> sides_ = {};
  std::vector<account_legs> queue_ = {};  // accounts not asked yet in this wave
  std::size_t next_ = 0;                  // position in the queue
  std::unordered_map<account_id, std::vector<group_leg>> asked_ = {};
  places wave_ = {};
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
