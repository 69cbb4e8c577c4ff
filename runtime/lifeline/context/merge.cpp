#include "lifeline/context/merge.hpp"

#include <memory>

#include "lifeline/context/watch.hpp"

namespace lifeline {

namespace {

/// Watches `b`.
class second_end final : public context_watcher {
 public:
  explicit second_end(context merged) : merged_(std::move(merged)) {}
  void pass_on() noexcept {
    merged_.node().end(ctx().err(), std::make_shared<const error>(ctx().cause()));
  }

 protected:
  void ended(errc) noexcept override { pass_on(); }

 private:
  context merged_;
};

/// Watches the merged context. Keeps itself and the other watcher alive until that is done; its
/// scope ends it at the latest.
class merged_end final : public context_watcher {
 public:
  explicit merged_end(std::shared_ptr<second_end> other) : other_(std::move(other)) {}
  void start(const context& merged) {
    self_ = shared_from_this();
    if (!watch(merged)) self_.reset();
  }

 protected:
  void ended(errc) noexcept override {
    other_.reset();
    self_.reset();
  }

 private:
  std::shared_ptr<second_end> other_;
  std::shared_ptr<context_watcher> self_;
};

}  // namespace

cancel_scope merge(const context& a, const context& b) {
  const bool one_clock = &a.time() == &b.time();
  // Needs no timer: the parents have theirs.
  auto* child =
      new detail::node(a.node(), a.view(), one_clock ? b.node().deadline() : time_point::max());
  cancel_scope scope{context(child)};
  child->join();
  const auto other = std::make_shared<second_end>(scope.ctx());
  if (other->watch(b)) {
    std::make_shared<merged_end>(other)->start(scope.ctx());
  } else {
    other->pass_on();
  }
  return scope;
}

}  // namespace lifeline
