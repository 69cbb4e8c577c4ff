#include "lifeline/context/detail/node.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

namespace lifeline::detail {

node::node(clock& time, const view* values_from, kind k)
    : view(k, this, values_from != nullptr ? values_from->values() : nullptr),
      dependent([](dependent&) noexcept { return false; }),
      is_root_(true),
      time_(time),
      parent_(nullptr),
      deadline_(time_point::max()) {
  if (values() != nullptr) values()->add_ref();
}

node::node(node& parent, const view& values_from, time_point deadline)
    : view(kind::node, this, values_from.values()),
      dependent([](dependent& d) noexcept { return static_cast<node&>(d).retain(); }),
      is_root_(false),
      time_(parent.time_),
      parent_(parent.is_root_ ? nullptr : &parent),
      deadline_(std::min(deadline, parent.deadline_)) {
  if (parent_ != nullptr) parent_->add_ref();
  if (values() != nullptr) values()->add_ref();
}

error node::cause() const {
  const errc e = state();
  if (e == errc::none) return {};
  return cause_ ? *cause_ : error(e);
}

void node::arm(std::shared_ptr<const error> cause, time_point now) {
  if (parent_ != nullptr && parent_->state() != errc::none) return;
  if (deadline_ <= now) {
    end(errc::deadline_exceeded, std::move(cause));
    return;
  }
  on_expiry_ = std::move(cause);
  armed_ = true;
  time_.arm(*this, deadline_, now);
}

/// The deadline may pass meanwhile: a node that ended before it was linked had nothing to unlink.
void node::join() noexcept {
  if (state() != errc::none || parent_ == nullptr) return;
  if (!parent_->link(*this)) return end(parent_->state(), parent_->cause_);
  if (state() != errc::none) parent_->unlink(*this);
}

/// First locks and marks all nodes of the tree below, level by level; only then unlocks them. So a
/// thread that meets a node being ended waits until the whole tree is marked.
void node::end(errc e, std::shared_ptr<const error> cause) noexcept {
  if (!mark(e, cause)) {
    lock_.unlock();
    return;
  }
  dependent* first = nullptr;
  dependent** last = move_dependents(&first);
  for (dependent* d = first; d != nullptr; d = d->next_)
    if (node* n = d->as_node(); n != nullptr && n->mark(e, cause)) last = n->move_dependents(last);

  lock_.unlock();
  for (dependent* d = first; d != nullptr; d = d->next_)
    if (node* n = d->as_node()) n->lock_.unlock();

  while (first != nullptr) {
    dependent* const d = std::exchange(first, first->next_);
    d->context_ended(e);
  }
  leave();
}

/// Always locks; true if the node had not ended.
bool node::mark(errc e, const std::shared_ptr<const error>& cause) noexcept {
  lock_.lock();
  if (state_.load(std::memory_order_relaxed) != errc::none) return false;
  cause_ = cause;
  state_.store(e);
  return true;
}

/// Under the node's lock: unlinks all dependents, and appends those it could retain to the list.
dependent** node::move_dependents(dependent** end_of_list) noexcept {
  while (first_ != nullptr) {
    dependent* const d = std::exchange(first_, first_->next_);
    d->prev_ = d;
    d->next_ = nullptr;
    if (!d->retain_(*d)) continue;
    *end_of_list = d;
    end_of_list = &d->next_;
  }
  return end_of_list;
}

/// A done or dying node needs neither its timer nor its place at the parent.
void node::leave() noexcept {
  if (armed_) time_.disarm(*this);
  if (parent_ != nullptr) parent_->unlink(*this);
}

bool node::link(dependent& d) noexcept {
  const std::lock_guard lock(lock_);
  if (state_.load(std::memory_order_relaxed) != errc::none) return false;
  d.prev_ = nullptr;
  d.next_ = first_;
  if (first_ != nullptr) first_->prev_ = &d;
  first_ = &d;
  return true;
}

bool node::unlink(dependent& d) noexcept {
  const std::lock_guard lock(lock_);
  if (d.prev_ == &d) return false;
  if (d.prev_ != nullptr) {
    d.prev_->next_ = d.next_;
  } else {
    first_ = d.next_;
  }
  if (d.next_ != nullptr) d.next_->prev_ = d.prev_;
  d.prev_ = &d;
  return true;
}

bool node::has_dependents() noexcept {
  const std::lock_guard lock(lock_);
  return first_ != nullptr;
}

void node::context_ended(errc) noexcept {
  if (armed_) time_.disarm(*this);
  release();
}

void node::expire() noexcept {
  end(errc::deadline_exceeded, on_expiry_);
  release();
}

}  // namespace lifeline::detail
