#include "lifeline/context/context.hpp"

namespace lifeline {

namespace {

cancel_scope make_child(const context& parent, time_point t, std::shared_ptr<const error> cause) {
  auto* child = new detail::node(parent.node(), parent.view(), t);
  cancel_scope scope{context(child)};
  if (t < parent.node().deadline()) child->arm(std::move(cause));
  child->join();
  return scope;
}

/// The root of `time`'s contexts that are not ended by anything.
context root_with_values(clock& time, std::shared_ptr<const detail::value_table> values) {
  auto* root = new detail::node(time);
  if (!values) return context(root);
  return context(new detail::view(detail::view::kind::values, root, std::move(values)));
}

}  // namespace

context::context() : context(background()) {}

duration context::remaining() const noexcept {
  const time_point t = node().deadline();
  if (t == time_point::max()) return duration::max();
  const time_point now = time().now();
  return t <= now ? duration::zero() : t - now;  // no subtraction that could overflow
}

context background() {
  static const context* const the_root = new context(new detail::node(process_clock()));
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

cancel_scope with_cancel(const context& parent) {
  return make_child(parent, time_point::max(), nullptr);
}

cancel_scope with_deadline(const context& parent, time_point t) {
  return make_child(parent, t, nullptr);
}

cancel_scope with_deadline(const context& parent, time_point t, error cause) {
  return make_child(parent, t, std::make_shared<const error>(std::move(cause)));
}

cancel_scope with_timeout(const context& parent, duration d) {
  return with_deadline(parent, detail::time_after(parent.time().now(), d));
}

cancel_scope with_timeout(const context& parent, duration d, error cause) {
  return with_deadline(parent, detail::time_after(parent.time().now(), d), std::move(cause));
}

context without_cancel(const context& parent) {
  return root_with_values(parent.time(), parent.view().values);
}

context detail::with_value_row(const context& parent, const void* key,
                               std::shared_ptr<const void> value) {
  auto values = value_table::with(parent.view().values.get(), {key, std::move(value)});
  parent.node().add_ref();
  return context(new view(view::kind::values, &parent.node(), std::move(values)));
}

}  // namespace lifeline
