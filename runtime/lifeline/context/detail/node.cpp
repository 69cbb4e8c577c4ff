#include "lifeline/context/detail/node.hpp"

#include <algorithm>
#include <mutex>

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
      time_(time),
      parent_(nullptr),
      deadline_(time_point::max()) {}

node::node(node& parent, const view& values_from, time_point deadline)
    : view(kind::node, this, values_from.values),
      time_(parent.time_),
      parent_(&parent),
      deadline_(std::min(deadline, parent.deadline_)) {
  parent.add_ref();
  if (parent.is_root() || parent.link(*this)) return;
  cause_ = parent.cause_;
  state_.store(parent.state(), std::memory_order_release);
}

node::~node() = default;

/// The last handle is gone: nobody can end this node any more but its parent or its clock, and
/// both ask `retain` first.
void node::destroy() noexcept {
  node* parent = parent_;
  if (parent != nullptr) parent->unlink(*this);
  if (armed_.load(std::memory_order_relaxed)) time_.disarm(*this);
  delete this;
  if (parent != nullptr) parent->release();
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
  if (state() != errc::none) return;
  if (deadline_ <= time_.now()) {
    end(errc::deadline_exceeded, std::move(cause));
    return;
  }
  on_expiry_ = std::move(cause);
  armed_.store(true, std::memory_order_relaxed);
  time_.arm(*this, deadline_);
}

void node::end(errc e, std::shared_ptr<const error> cause) noexcept {
  {
    const std::lock_guard lock(lock_);
    if (state_.load(std::memory_order_relaxed) != errc::none) return;
    cause_ = std::move(cause);
    state_.store(e, std::memory_order_release);
  }
  while (dependent* d = take_first()) d->context_ended(e, cause_);
  if (armed_.load(std::memory_order_relaxed)) time_.disarm(*this);
  if (parent_ != nullptr) parent_->unlink(*this);
}

/// Unlinks dependents until one can be retained.
dependent* node::take_first() noexcept {
  const std::lock_guard lock(lock_);
  while (first_ != nullptr) {
    dependent* d = first_;
    first_ = d->next_;
    if (first_ != nullptr) first_->prev_ = nullptr;
    d->prev_ = d->next_ = d;  // unlinked: points to itself
    if (d->retain()) return d;
  }
  return nullptr;
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
  if (d.next_ == &d || (d.prev_ == nullptr && first_ != &d)) return false;
  if (d.prev_ != nullptr) {
    d.prev_->next_ = d.next_;
  } else {
    first_ = d.next_;
  }
  if (d.next_ != nullptr) d.next_->prev_ = d.prev_;
  d.prev_ = d.next_ = &d;
  return true;
}

void node::context_ended(errc e, const std::shared_ptr<const error>& cause) noexcept {
  end(e, cause);
  release();
}

void node::expire() noexcept {
  end(errc::deadline_exceeded, on_expiry_);
  release();
}

}  // namespace lifeline::detail
