#include "lifeline/context/context.hpp"

namespace lifeline {

namespace {

cancel_scope make_child(const context& parent, time_point t) {
  auto* child = new detail::node(parent.node(), parent.view(), t);
  cancel_scope scope{context(child)};
  child->join();
  return scope;
}

using cause_ptr = std::shared_ptr<const error>;

/// `now` is read once per call: reading a clock is half of the cost.
cancel_scope make_child(const context& parent, time_point t, time_point now, cause_ptr cause) {
  if (t >= parent.node().deadline()) return make_child(parent, t);
  auto* child = new detail::node(parent.node(), parent.view(), t);
  cancel_scope scope{context(child)};
  child->arm(std::move(cause), now);
  child->join();
  return scope;
}

}  // namespace

context::context() : context(background()) {}

duration context::remaining() const noexcept {
  const time_point t = node().deadline();
  if (t == time_point::max()) return duration::max();
  const time_point now = time().now();
  return t <= now ? duration::zero() : t - now;  // avoids overflow of the subtraction
}

context background() {
  static const context* const the_root =
      new context(new detail::node(process_clock(), nullptr, detail::view::kind::everlasting_node));
  return *the_root;
}

context todo() { return background(); }

context background(clock& time) { return context(new detail::node(time)); }

cancel_scope& cancel_scope::operator=(cancel_scope&& other) noexcept {
  if (this != &other) {
    cancel();
    ctx_ = std::move(other.ctx_);
    owns_ = std::exchange(other.owns_, false);
  }
  return *this;
}

void cancel_scope::cancel() noexcept {
  if (owns_) ctx_.node().end(errc::canceled, nullptr);
}

void cancel_scope::cancel(error cause) {
  if (owns_) ctx_.node().end(errc::canceled, std::make_shared<const error>(std::move(cause)));
}

cancel_scope with_cancel(const context& parent) { return make_child(parent, time_point::max()); }

cancel_scope with_deadline(const context& parent, time_point t) {
  return make_child(parent, t, parent.time().now(), nullptr);
}

cancel_scope with_deadline(const context& parent, time_point t, error cause) {
  return make_child(parent, t, parent.time().now(),
                    std::make_shared<const error>(std::move(cause)));
}

cancel_scope with_timeout(const context& parent, duration d) {
  const time_point now = parent.time().now();
  return make_child(parent, time_after(now, d), now, nullptr);
}

cancel_scope with_timeout(const context& parent, duration d, error cause) {
  const time_point now = parent.time().now();
  return make_child(parent, time_after(now, d), now,
                    std::make_shared<const error>(std::move(cause)));
}

context without_cancel(const context& parent) {
  return context(new detail::node(parent.time(), &parent.view()));
}

}  // namespace lifeline
