#include "lifeline/ledger/actors/outbox.hpp"

#include <utility>

namespace lifeline::ledger::detail {

outbox::outbox(caf::local_actor* self, const environment& env, caf::strong_actor_ptr journal,
               std::vector<caf::strong_actor_ptr> shards)
    : self_(self),
      env_(env),
      journal_(std::move(journal)),
      shards_(std::move(shards)),
      take_(shards_.size()),
      release_(shards_.size()) {}

void outbox::gather() {
  if (!std::exchange(leaves_, true)) tell(self_, self_->ctrl(), send_gathered{});
}

void outbox::take(const context& ctx, std::uint64_t attempt, std::uint32_t item, const leg& what,
                  const std::optional<std::string>& owner) {
  gather();
  take_[env_.shard_of(what.account)].legs.push_back({ctx, attempt, item, what, owner});
}

void outbox::release(std::uint64_t attempt, const account_id& account,
                     const transfer_id& transfer) {
  gather();
  has_releases_ = true;
  release_[env_.shard_of(account)].legs.push_back({account, transfer, attempt});
}

void outbox::add(unit u) {
  gather();
  entries_.units.push_back(std::move(u));
}

template <class Message>
void outbox::send_to_shards(std::vector<Message>& gathered) {
  for (std::size_t i = 0; i < gathered.size(); ++i)
    if (!gathered[i].legs.empty()) tell(self_, shards_[i], std::exchange(gathered[i], {}));
}

void outbox::send_releases() {
  if (std::exchange(has_releases_, false)) send_to_shards(release_);
}

void outbox::send_all() {
  leaves_ = false;
  send_releases();
  send_to_shards(take_);
  if (!entries_.units.empty()) tell(self_, journal_, std::exchange(entries_, {}));
}

}  // namespace lifeline::ledger::detail
