#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "bank/api/http/reused_text.hpp"
#include "bank/api/server/connection.hpp"
#include "bank/api/server/io_worker.hpp"
#include "bank/api/server/stream.hpp"

// The connection's bytes: reading ahead, writing, time-outs and the close.

namespace bank::api {

namespace asio = boost::asio;

namespace {

constexpr auto quietly = asio::as_tuple(asio::use_awaitable);
/// Most bytes read ahead while a request is answered.
constexpr std::size_t most_read_ahead = 64 * 1024;
/// Time for a client to notice the connection's end.
constexpr std::chrono::seconds linger_time{1};

}  // namespace

std::string_view connection::unparsed() const noexcept {
  const auto data = unparsed_.data();
  return {static_cast<const char*>(data.data()), data.size()};
}

void connection::enter(phase p, lifeline::duration limit) {
  if (phase_ == phase::closed) return;
  phase_ = p;
  too_late_ = false;
  moved_ = worker_.server().what.rt.time().now();
  deadline_ = limit == lifeline::duration::max() ? lifeline::time_point::max() : moved_ + limit;
}

void connection::pump() {
  if (reading_ || ended_ || unparsed_.size() >= most_read_ahead) return;
  if (unparsed_.size() >= free_memory && !may_receive(most_read_ahead)) return;
  reading_ = true;
  socket_.async_wait(
      asio::ip::tcp::socket::wait_read,
      [self = shared_from_this()](boost::system::error_code ec) { self->readable(ec); });
}

void connection::readable(boost::system::error_code ec) {
  reading_ = false;
  const std::span<char> incoming = worker_.read_buffer();
  const std::size_t n =
      ec ? 0 : socket_.read_some(asio::buffer(incoming.data(), incoming.size()), ec);
  if (ec == asio::error::would_block || ec == asio::error::interrupted) return pump();
  if (ec) {
    ended_ = true;
    if (phase_ == phase::handling) life_.cancel(worker_.server().what.rt.time().now());
  } else if (phase_ != phase::lingering) {
    const auto to = unparsed_.prepare(n);
    std::copy_n(incoming.data(), n, static_cast<char*>(to.data()));
    unparsed_.commit(n);
    if (phase_ == phase::head || phase_ == phase::body)
      moved_ = worker_.server().what.rt.time().now();
  }
  pump();
  if (stream_hears_) stream_hears_();
  resume();
}

void connection::resume() {
  if (const auto w = std::move(waiting_)) w->complete();
}

/// Waits until more than `known` bytes are unparsed, the stream ends, or the phase times out.
asio::awaitable<connection::arrival> connection::more(std::size_t known) {
  for (;;) {
    if (unparsed_.size() > known) co_return arrival::bytes;
    if (ended_) co_return arrival::ended;
    if (too_late_) co_return arrival::too_late;
    pump();
    co_await resumed();
  }
}

asio::awaitable<void> connection::resumed() {
  co_await asio::async_initiate<decltype(asio::use_awaitable), void()>(
      [this](auto resumes) {
        waiting_ = std::make_unique<typed_waiter<decltype(resumes)>>(std::move(resumes));
      },
      asio::use_awaitable);
}

/// Writes what the socket accepts without waiting; true if that was all.
bool connection::try_flush() {
  while (written_ < out_.size()) {
    boost::system::error_code ec;
    written_ +=
        socket_.write_some(asio::buffer(out_.data() + written_, out_.size() - written_), ec);
    if (ec == asio::error::would_block || ec == asio::error::try_again) return false;
    if (ec == asio::error::interrupted) continue;
    if (ec) {
      broken_ = true;
      break;
    }
  }
  clear_for_the_next(out_);
  written_ = 0;
  if (!answer_.then) (void)unsent_.resize(0);  // a stream's is its own until its end
  return true;
}

/// Whether the client has taken bytes since the last call. The socket takes more only when much of
/// its buffer is free, which a slow client frees in minutes.
bool connection::client_reads() {
  int left = 0;
  if (::ioctl(socket_.native_handle(), SIOCOUTQ, &left) != 0) return false;
  return left < std::exchange(in_system_, left);
}

/// A client that reads is never cut off, however slowly; one that reads nothing is.
asio::awaitable<void> connection::flush() {
  if (try_flush()) co_return;
  (void)client_reads();
  enter(phase::writing, worker_.server().options.body_timeout);
  for (std::size_t before = written_; !try_flush(); before = written_) {
    if (written_ != before) {
      (void)client_reads();
      enter(phase::writing, worker_.server().options.body_timeout);
    }
    const auto [ec] = co_await socket_.async_wait(asio::ip::tcp::socket::wait_write, quietly);
    if (ec) broken_ = true;
    if (broken_) out_.clear();
  }
}

/// Shuts down the sending side and waits for the client to hang up. Closing with unread bytes would
/// reset the connection and could destroy the answer on its way.
asio::awaitable<void> connection::linger() {
  if (ended_ || broken_) co_return;
  enter(phase::lingering, linger_time);
  unparsed_.clear();
  boost::system::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  say_goodbye();
  pump();
  co_await more(0);
}

bool connection::needs_sweep(lifeline::time_point now) const noexcept {
  return phase_ == phase::handling || answer_.then != nullptr || now >= deadline_;
}

void connection::sweep(lifeline::time_point now, lifeline::wall_time wall) {
  if (answer_.then && !answer_.then->may_send(wall)) {
    if (phase_ == phase::writing) return close();
    if (stream_hears_) stream_hears_();
  }
  if (phase_ == phase::handling) return life_.sweep(now);
  if (now < deadline_) return;
  const bool stops = worker_.server().stopping.load(std::memory_order_relaxed);
  if (phase_ == phase::idle && counted_ && stops) {
    say_goodbye();
    return enter(phase::idle, worker_.server().options.idle_timeout);
  }
  deadline_ = lifeline::time_point::max();
  if (phase_ == phase::writing) {
    if (!client_reads()) return close();
    return enter(phase::writing, worker_.server().options.body_timeout);
  }
  too_late_ = true;
  resume();
}

void connection::stop_when_quiet() {
  if (phase_ != phase::idle) return;
  deadline_ = std::min(deadline_, worker_.server().what.rt.time().now() + quiet_time);
}

void connection::cut_short() {
  if (phase_ == phase::handling) return life_.cancel(worker_.server().what.rt.time().now());
  if (phase_ == phase::writing) return close();  // the client does not read its answer
  if (phase_ == phase::idle) return say_goodbye();
  if (phase_ != phase::head && phase_ != phase::body && phase_ != phase::turn) return;
  too_late_ = true;
  resume();
}

void connection::say_goodbye() {
  if (std::exchange(counted_, false)) worker_.server().talking.end();
}

void connection::close() {
  const auto self = shared_from_this();
  if (phase_ == phase::closed) return;
  life_.abandon();
  phase_ = phase::closed;
  ended_ = broken_ = true;
  boost::system::error_code ignored;
  socket_.close(ignored);
  say_goodbye();
  resume();
}

}  // namespace bank::api
