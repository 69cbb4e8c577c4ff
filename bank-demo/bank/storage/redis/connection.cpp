#include "bank/storage/redis/connection.hpp"

#include <hiredis/hiredis.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

namespace bank::storage {

using lifeline::time_point;
using fault = std::optional<redis_fault>;

namespace {

std::int64_t left_us(time_point until) {
  const auto left = until - lifeline::process_clock().now();
  return std::max<std::int64_t>(
      0, std::chrono::duration_cast<std::chrono::microseconds>(left).count());
}

/// hiredis may write to a closed connection, which would kill a process that does not ignore
/// SIGPIPE.
class without_sigpipe {
 public:
  without_sigpipe() {
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  without_sigpipe(const without_sigpipe&) = delete;
  without_sigpipe& operator=(const without_sigpipe&) = delete;
  ~without_sigpipe() {
    if (::sigismember(&before_, SIGPIPE) == 1) return;
    const timespec at_once{};
    ::sigtimedwait(&pipe_, nullptr, &at_once);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_{};
  sigset_t before_{};
};

struct free_reply {
  void operator()(::redisReply* r) const noexcept { ::freeReplyObject(r); }
};

redis_reply to_reply(const ::redisReply& r) {
  using kind = redis_reply::kind;
  switch (r.type) {
    case REDIS_REPLY_STRING: return {kind::text, std::string(r.str, r.len)};
    case REDIS_REPLY_STATUS: return {kind::status, std::string(r.str, r.len)};
    case REDIS_REPLY_ERROR: return {kind::refused, std::string(r.str, r.len)};
    case REDIS_REPLY_INTEGER: return {kind::number, {}, r.integer};
    case REDIS_REPLY_NIL: return {kind::nothing};
    default: return {kind::refused, "a reply of an unexpected type"};
  }
}

}  // namespace

void redis_connection::free_context::operator()(::redisContext* c) const noexcept {
  ::redisFree(c);
}

redis_connection::redis_connection() = default;
redis_connection::~redis_connection() = default;

void redis_connection::close() noexcept {
  context_.reset();
  added_ = 0;
}

fault redis_connection::open(const redis_address& at, time_point until) {
  close();
  const std::int64_t us = std::max<std::int64_t>(1'000, left_us(until));
  const timeval limit{static_cast<time_t>(us / 1'000'000),
                      static_cast<suseconds_t>(us % 1'000'000)};
  context_.reset(at.path.empty() ? ::redisConnectWithTimeout(at.host.c_str(), at.port, limit)
                                 : ::redisConnectUnixWithTimeout(at.path.c_str(), limit));
  if (!context_) return redis_fault{"no memory for a connection"};
  if (context_->err != 0) return broken();
  // From here on only `wait` blocks.
  const int flags = ::fcntl(context_->fd, F_GETFL);
  if (flags < 0 || ::fcntl(context_->fd, F_SETFL, flags | O_NONBLOCK) < 0)
    return redis_fault{"its socket can't be configured"};
  context_->flags &= ~REDIS_BLOCK;
  if (at.path.empty()) ::redisEnableKeepAlive(context_.get());
  return introduce(at, until);
}

/// Waits for the answer to a PING: a server that only accepts connections can't be used.
fault redis_connection::introduce(const redis_address& at, time_point until) {
  const std::string database = std::to_string(at.database);
  if (!at.user.empty())
    add({"AUTH", at.user, at.password});
  else if (!at.password.empty())
    add({"AUTH", at.password});
  if (at.database != 0) add({"SELECT", database});
  add({"PING"});
  std::vector<redis_reply> replies;
  if (auto f = exchange(replies, until)) return f;
  for (const auto& r : replies)
    if (r.what == redis_reply::kind::refused) return redis_fault{"it refused: " + r.text};
  return std::nullopt;
}

void redis_connection::add(const std::vector<std::string_view>& words) {
  std::vector<const char*> starts;
  std::vector<std::size_t> sizes;
  for (const auto w : words) {
    starts.push_back(w.data());
    sizes.push_back(w.size());
  }
  ::redisAppendCommandArgv(context_.get(), static_cast<int>(words.size()), starts.data(),
                           sizes.data());
  ++added_;
}

fault redis_connection::exchange(std::vector<redis_reply>& replies, time_point until) {
  replies.assign(added_, {});
  added_ = 0;
  if (auto f = send(until)) return f;
  for (auto& r : replies)
    if (auto f = receive(r, until)) return f;
  return std::nullopt;
}

fault redis_connection::send(time_point until) {
  const without_sigpipe guard;
  int is_sent = 0;
  while (true) {
    if (::redisBufferWrite(context_.get(), &is_sent) != REDIS_OK) return broken();
    if (is_sent != 0) return std::nullopt;
    // The server may answer before it has read everything, so answers are read between writes.
    if (auto f = wait(POLLIN | POLLOUT, until)) return f;
    if (::redisBufferRead(context_.get()) != REDIS_OK) return broken();
  }
}

fault redis_connection::receive(redis_reply& to, time_point until) {
  while (true) {
    void* made = nullptr;
    if (::redisGetReplyFromReader(context_.get(), &made) != REDIS_OK) return broken();
    if (made != nullptr) {
      const std::unique_ptr<::redisReply, free_reply> reply(static_cast<::redisReply*>(made));
      to = to_reply(*reply);
      return std::nullopt;
    }
    if (auto f = wait(POLLIN, until)) return f;
    if (::redisBufferRead(context_.get()) != REDIS_OK) return broken();
  }
}

fault redis_connection::wait(short events, time_point until) const {
  pollfd one{context_->fd, events, 0};
  while (true) {
    const std::int64_t us = left_us(until);
    if (us == 0) return redis_fault{"it did not answer in time"};
    const int ready =
        ::poll(&one, 1, static_cast<int>(std::min<std::int64_t>((us + 999) / 1'000, 60'000)));
    if (ready > 0) return std::nullopt;
    if (ready < 0 && errno != EINTR) return redis_fault{"its socket can't be waited for"};
  }
}

redis_fault redis_connection::broken() const {
  return {context_->err == REDIS_ERR_EOF ? "it closed the connection"
                                         : std::string(context_->errstr)};
}

}  // namespace bank::storage
