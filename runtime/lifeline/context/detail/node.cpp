#include "lifeline/context/detail/node.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

namespace lifeline::detail {

void view::release() noexcept {
  if (refs.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  if (what == kind::node) {
    static_cast<node*>(this)->destroy();
  } else {
    node* held = target;
    delete this;  // NOLINT: a view of kind `values` is made by `new view` only
    held->release();
  }
}

node::node(clock& time)
    : view(kind::node, this, nullptr),
      dependent([](dependent&) noexcept { return false; }),
      time_(time),
      parent_(nullptr),
      deadline_(time_point::max()) {}

node::node(node& parent, const view& values_from, time_point deadline)
    : view(kind::node, this, values_from.values),
      dependent([](dependent& d) noexcept { return static_cast<node&>(d).retain(); }),
      time_(parent.time_),
      parent_(&parent),
      deadline_(std::min(deadline, parent.deadline_)) {
  parent.add_ref();
}

node::~node() = default;

/// The last handle is gone: nobody can end this node any more but its parent or its clock, and
/// both ask `retain` first. Frees parents in a loop: a chain of contexts may be long.
void node::destroy() noexcept {
  for (node* n = this; n != nullptr;) {
    node* const parent = n->parent_;
    if (parent != nullptr) parent->unlink(*n);
    if (n->armed_) n->time_.disarm(*n);
    delete n;
    const bool last =
        parent != nullptr && parent->refs.fetch_sub(1, std::memory_order_acq_rel) == 1;
    n = last ? parent : nullptr;
  }
}

bool node::retain() noexcept {
  std::uint32_t n = refs.load(std::memory_order_relaxed);
  while (n != 0)
    if (refs.compare_exchange_weak(n, n + 1, std::memory_order_relaxed)) return true;
  return false;
}

error node::cause() const {
  const errc e = state();
  if (e == errc::none) return {};
  return cause_ ? *cause_ : error(e);
}

void node::arm(std::shared_ptr<const error> cause) {
  if (parent_->state() != errc::none) return;
  if (deadline_ <= time_.now()) {
    end(errc::deadline_exceeded, std::move(cause));
    return;
  }
  on_expiry_ = std::move(cause);
  armed_ = true;
  time_.arm(*this, deadline_);
}

void node::join() noexcept {
  if (state() != errc::none || parent_->is_root() || parent_->link(*this)) return;
  end(parent_->state(), parent_->cause_);
}

/// First all locks of the tree below are taken, level by level, and each node is marked; only then
/// are they given back. So whoever meets a node on its way to the end waits until that is complete.
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

/// Locks it, in any case; true if it was still alive.
bool node::mark(errc e, const std::shared_ptr<const error>& cause) noexcept {
  lock_.lock();
  if (state_.load(std::memory_order_relaxed) != errc::none) return false;
  cause_ = cause;
  state_.store(e, std::memory_order_release);
  return true;
}

/// Under its lock: unlinks all dependents and appends those that could be retained to a list.
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

/// What is done needs neither its timer nor its parent's word.
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

void node::context_ended(errc) noexcept {
  if (armed_) time_.disarm(*this);
  release();
}

void node::expire() noexcept {
  end(errc::deadline_exceeded, on_expiry_);
  release();
}

}  // namespace lifeline::detail
