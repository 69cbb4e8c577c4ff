#include "lifeline/work/ask_and_wait.hpp"

namespace lifeline::detail {

namespace {

class end_of_wait final : public context_watcher {
 public:
  end_of_wait(caf::strong_actor_ptr to, caf::message_id id) : to_(std::move(to)), id_(id) {}

 protected:
  void ended(errc e) noexcept override { put(to_, nullptr, id_, nullptr, to_caf(e)); }

 private:
  const caf::strong_actor_ptr to_;
  const caf::message_id id_;
};

}  // namespace

/// Only the first answer counts. Messages that are not answers are dropped.
waiting_ask::waiting_ask(caf::actor_system& system)
    : address_(caf::actor_cast<caf::strong_actor_ptr>(system.spawn<caf::actor_companion>())) {
  companion().on_enqueue([this](caf::mailbox_element_ptr e) {
    if (!e->mid.is_response()) return;
    const std::lock_guard lock(mutex_);
    if (arrived_) return;
    arrived_ = std::move(e);
    wake_.notify_all();
  });
}

/// After `on_enqueue` has returned, no other thread is in the handler.
waiting_ask::~waiting_ask() {
  companion().on_enqueue(nullptr);
  companion().cleanup(caf::exit_reason::normal, nullptr);
}

bool waiting_ask::watch(const context& ctx, caf::message_id id) {
  watcher_ = std::make_shared<end_of_wait>(address_, id);
  return watcher_->watch(ctx);
}

caf::mailbox_element_ptr waiting_ask::take() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return arrived_ != nullptr; });
  return std::move(arrived_);
}

caf::actor_companion& waiting_ask::companion() const {
  return *static_cast<caf::actor_companion*>(caf::actor_cast<caf::abstract_actor*>(address_));
}

}  // namespace lifeline::detail
