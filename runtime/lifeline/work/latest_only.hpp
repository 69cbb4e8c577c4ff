#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "lifeline/context/context.hpp"

namespace lifeline {

/// Work of which only the latest start counts, such as a search while the user is typing: each
/// start cancels the one before. Safe from any thread; its destructor cancels the latest, too.
///
///     auto turn = searches.start(ctx);
///     … work under turn.ctx() …   // its cause is "superseded" when another one has begun
class latest_only {
 public:
  /// One started piece of work. Move-only; its destructor ends it. It may outlive the
  /// `latest_only`.
  class [[nodiscard]] turn {
   public:
    explicit turn(std::shared_ptr<cancel_scope> scope) : scope_(std::move(scope)) {}
    turn(turn&&) = default;
    turn& operator=(turn&&) = default;

    const context& ctx() const noexcept { return scope_->ctx(); }

   private:
    std::shared_ptr<cancel_scope> scope_;
  };

  latest_only() = default;
  latest_only(const latest_only&) = delete;
  latest_only& operator=(const latest_only&) = delete;
  ~latest_only() {
    if (const auto last = latest_.lock()) last->cancel();
  }

  /// Begins under `parent`. When it returns, the previous one is cancelled, with the cause
  /// "superseded"; its work may still be ending.
  turn start(const context& parent) {
    auto scope = std::make_shared<cancel_scope>(with_cancel(parent));
    supersede(scope);
    return turn(std::move(scope));
  }

 private:
  void supersede(const std::shared_ptr<cancel_scope>& next) {
    std::shared_ptr<cancel_scope> before;
    {
      const std::lock_guard lock(mutex_);
      before = std::exchange(latest_, next).lock();
    }
    if (before) before->cancel(error("superseded"));
  }

  std::mutex mutex_;
  std::weak_ptr<cancel_scope> latest_;
};

}  // namespace lifeline
