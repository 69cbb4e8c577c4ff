#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "lifeline/context/error.hpp"
#include "lifeline/ledger/commit_batch.hpp"
#include "lifeline/ledger/error.hpp"
#include "lifeline/ledger/ledger_store.hpp"

namespace lifeline::ledger {

/// One transfer of a group, and what became of it.
struct group_item {
  transfer_record transfer;
  bool may_be_repeated = false;  ///< its id, or the key it was derived from, is the client's
  bool replayed = false;
  std::optional<failure> refused = {};  ///< may be set beforehand, of what needs no asking
};

/// One side of a group's transfer, at the account that it moves.
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

/// What the store says of earlier requests.
struct earlier_group {
  std::optional<key_record> key;                      ///< if the key was asked for
  std::vector<std::optional<transfer_record>> by_id;  ///< of `to_look_up`, in that order
};

/// The pure core of a group's way: every account that it touches is asked once, for all that the
/// group moves there; what all of them took goes to the journal as one. An event goes in, what to
/// do next comes out.
///
/// Each for itself: a transfer that one side refuses gives back what the other has set aside, and
/// those that were refused only for want of that are tried again. Credit within the group can't
/// be spent in it. Atomic: one refusal refuses all.
///
/// As with `transfer_saga`: once an account was asked, every end before the journal, but its own
/// refusal, orders a release for it.
class group_saga {
 public:
  struct orders {
    std::vector<account_legs> reserve = {};
    std::vector<account_transfers> release = {};
    bool append = false;
    bool look_up = false;  ///< `to_look_up`, and the key if `asks_for_key`
    bool answer = false;
  };

  /// How many accounts are asked at a time: those that rest must be loaded first.
  static constexpr std::size_t window = 1'024;

  group_saga(std::vector<group_item> items, bool atomic, std::optional<std::string> key_digest)
      : items_(std::move(items)), atomic_(atomic), key_digest_(std::move(key_digest)) {}

  orders start(wall_time now);
  /// `ended`: the state of the request's context.
  orders reserved(const account_id& account, const std::vector<group_refusal>& refused,
                  lifeline::errc ended);
  orders context_ended(lifeline::errc e);
  /// The group's own verdict, and behind it those of its `members`.
  orders journaled(const std::vector<entry_verdict>& verdicts, wall_time at);
  /// Nothing: the store could not be asked.
  orders looked_up(const std::optional<earlier_group>& found);

  /// The items that go to the journal, by their places.
  const std::vector<std::uint32_t>& members() const noexcept { return members_; }
  /// What is kept of it under its key: nothing if a refusal may be another one the next time.
  std::optional<std::string> kept_answer() const;
  const std::vector<std::uint32_t>& to_look_up() const noexcept { return to_look_up_; }
  bool asks_for_key() const noexcept { return key_used_; }

  const std::vector<group_item>& items() const noexcept { return items_; }
  /// Why there is nothing to say of the items.
  const std::optional<failure>& refused() const noexcept { return refused_; }
  bool replayed() const noexcept { return replayed_; }

 private:
  enum class step : std::uint8_t { created, reserving, committing, looking_up, answered };
  enum class side : std::uint8_t { untouched, asked, taken, refused };
  struct progress {
    side from = side::untouched;
    side to = side::untouched;
  };

  void ask_for(const std::vector<std::uint32_t>& items);
  orders ask_more(orders also);
  orders end_of_wave();
  static void note(group_item& item, const failure& why, bool debits);
  std::vector<std::uint32_t> worth_another_try() const;
  void give_back(const std::vector<std::uint32_t>& items, orders& into);
  std::vector<std::uint32_t> all_places() const;
  orders commit(orders also);
  void refuse_all_for_one();
  orders fail(failure why, orders also);
  orders finish(orders also);
  orders answer(orders also);
  void settle(const std::vector<entry_verdict>& verdicts, wall_time at);
  static void repeated(group_item& item);
  void judge(const earlier_group& found);
  void judge(group_item& item, const std::optional<transfer_record>& found) const;
  void replay_kept(const earlier_group& found);
  void replay_member(group_item& item, const std::optional<transfer_record>& stored,
                     bool stood_before) const;
  bool any_may_be_repeated() const noexcept;

  std::vector<group_item> items_;
  bool atomic_;
  std::optional<std::string> key_digest_;
  step step_ = step::created;
  std::vector<progress> sides_ = {};
  std::vector<account_legs> queue_ = {};  // accounts not yet asked in this wave
  std::size_t next_ = 0;                  // of the queue
  std::unordered_map<account_id, std::vector<group_leg>> asked_ = {};
  std::vector<std::uint32_t> wave_ = {};
  std::vector<std::uint32_t> members_ = {};
  std::vector<std::uint32_t> to_look_up_ = {};
  bool key_used_ = false;
  std::optional<failure> refused_ = {};
  bool replayed_ = false;
};

}  // namespace lifeline::ledger
