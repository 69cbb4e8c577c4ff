#include "lifeline/context/stop_token.hpp"

#include <memory>

#include "lifeline/context/watch.hpp"

namespace lifeline {

namespace {

/// Keeps itself alive until the context ends.
class stopper final : public context_watcher {
 public:
  std::stop_token start(const context& ctx) {
    std::stop_token token = source_.get_token();
    self_ = shared_from_this();
    if (!watch(ctx)) {
      source_.request_stop();
      self_.reset();
    }
    return token;
  }

 protected:
  void ended(errc) noexcept override {
    source_.request_stop();
    self_.reset();
  }

 private:
  std::stop_source source_;
  std::shared_ptr<context_watcher> self_;
};

}  // namespace

std::stop_token stop_token_of(const context& ctx) {
  if (ctx.node().is_root()) return {};
  return std::make_shared<stopper>()->start(ctx);
}

}  // namespace lifeline
