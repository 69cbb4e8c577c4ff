#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lifeline/actor/caf.hpp"
#include "lifeline/ledger/actors/parts.hpp"
#include "lifeline/ledger/messages/steps.hpp"

namespace lifeline::ledger::detail {

/// Processor → itself, behind its mailbox: send what has gathered. Handler: `outbox::send_all`.
struct send_gathered {};
LIFELINE_MESSAGE(send_gathered);

/// What a processor's requests say to accounts and to the journal. It gathers while messages wait
/// in the processor's mailbox, and leaves together: one message per directory shard, one to the
/// journal. There is no timer: an idle processor sends at once.
class outbox {
 public:
  outbox(caf::local_actor* self, const environment& env, caf::strong_actor_ptr journal,
         std::vector<caf::strong_actor_ptr> shards);

  /// `owner`: the only one whose account may be debited; none: any.
  void take(const context& ctx, std::uint64_t attempt, std::uint32_t item, const leg& what,
            const std::optional<std::string>& owner);
  void release(std::uint64_t attempt, const account_id& account, const transfer_id& transfer);
  void add(unit u);

  /// Before an answer: the caller may spend at once what its request held.
  void send_releases();
  /// Releases first: a leg that is taken again was released before. What was released before it
  /// left belongs to a context that is done, and is not taken.
  void send_all();

 private:
  void gather();
  template <class Message>
  void send_to_shards(std::vector<Message>& gathered);

  caf::local_actor* self_;
  const environment& env_;
  caf::strong_actor_ptr journal_;
  std::vector<caf::strong_actor_ptr> shards_;
  std::vector<take_legs> take_;        // by shard
  std::vector<release_legs> release_;  // by shard
  bool has_releases_ = false;
  append entries_ = {};
  bool leaves_ = false;  // the message that empties it is in the mailbox
};

}  // namespace lifeline::ledger::detail
