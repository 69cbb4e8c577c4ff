#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bank/storage/postgres/connect_back_off.hpp"
#include "bank/storage/postgres/session.hpp"
#include "lifeline/context/context.hpp"
#include "lifeline/ledger/values/error.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::storage {

/// A bounded pool of sessions with one server. Safe from any thread. After a failed connection,
/// requests for a session fail at once with its reason until the next attempt is due. The first
/// session that is found broken closes all idle ones.
class postgres_pool {
 public:
  /// `back_off` is shared with other pools of the same server.
  postgres_pool(std::string url, std::size_t most, std::shared_ptr<connect_back_off> back_off)
      : url_(std::move(url)), most_(most), back_off_(std::move(back_off)) {}
  postgres_pool(const postgres_pool&) = delete;
  postgres_pool& operator=(const postgres_pool&) = delete;
  /// Waits until all leased sessions are back.
  ~postgres_pool() { close(); }

  /// A leased session.
  class lease {
   public:
    lease(postgres_pool& from, std::unique_ptr<postgres_session> s, bool is_new) noexcept
        : from_(&from), session_(std::move(s)), is_new_(is_new) {}
    lease(lease&&) noexcept = default;
    lease& operator=(lease&&) = delete;
    ~lease() {
      if (session_) from_->give_back(std::move(session_), spoilt_);
    }

    postgres_session& operator*() const noexcept { return *session_; }
    postgres_session* operator->() const noexcept { return session_.get(); }
    /// The session was opened for this lease, so it can't be a stale one.
    bool is_new() const noexcept { return is_new_; }
    /// Do not reuse the session.
    void spoil() noexcept { spoilt_ = true; }

   private:
    postgres_pool* from_;
    std::unique_ptr<postgres_session> session_;
    bool is_new_;
    bool spoilt_ = false;
  };

  /// Waits for a session until the context ends.
  lifeline::ledger::result<lease> take(const lifeline::context& ctx);
  /// Leases no more sessions; waits until all are back and closes them.
  void close() noexcept;

  std::size_t in_flight() const;
  std::size_t most() const noexcept { return most_; }

 private:
  struct idle_session {
    std::unique_ptr<postgres_session> session;
    lifeline::time_point since;
  };
  using failure = lifeline::ledger::failure;

  std::optional<failure> wait_for_room(std::unique_lock<std::mutex>& lock,
                                       const lifeline::context& ctx);
  std::unique_ptr<postgres_session> take_idle(std::unique_lock<std::mutex>& lock);
  lifeline::ledger::result<lease> connect();
  void give_back(std::unique_ptr<postgres_session> s, bool spoilt) noexcept;

  const std::string url_;
  const std::size_t most_;
  const std::shared_ptr<connect_back_off> back_off_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<idle_session> idle_;
  std::size_t lent_ = 0;
  bool closed_ = false;
};

}  // namespace bank::storage
