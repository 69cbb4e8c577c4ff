#include "driver/proxy/relay.hpp"

#include <fcntl.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <limits>

namespace bank::driver::proxy {

namespace {

using boost::system::error_code;

/// Most bytes queued per direction; beyond it the sender's buffers fill up.
constexpr std::size_t queue_limit = 4 * 1024 * 1024;
constexpr std::size_t read_size = 64 * 1024;

auto awaiting(error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

/// Closes with a reset.
void reset(stream& s) {
  error_code ignored;
  s.set_option(asio::socket_base::linger(true, 0), ignored);
  s.close(ignored);
}

}  // namespace

void keep_from_children(int socket) { ::fcntl(socket, F_SETFD, FD_CLOEXEC); }

relay::relay(asio::io_context& io, stream client, shared_state& shared, std::uint64_t seed)
    : io_(io),
      shared_(shared),
      client_(std::move(client)),
      server_(io),
      up_(io, client_, server_, seed),
      down_(io, server_, client_, seed + 1) {
  ++shared_.count.open;
}

relay::~relay() { --shared_.count.open; }

void relay::start() {
  asio::co_spawn(
      io_, [self = shared_from_this()] { return self->run(); }, asio::detached);
}

void relay::look_again() {
  for (direction* d : {&up_, &down_}) {
    d->reader_wakes.cancel();
    d->writer_wakes.cancel();
  }
}

void relay::cut() {
  if (!over_) ++shared_.count.cut;
  end();
}

void relay::end() {
  over_ = true;
  reset(client_);
  reset(server_);
  look_again();
}

asio::awaitable<void> relay::run() {
  const auto self = shared_from_this();
  // A partition stops SYNs, too.
  while (!over_ && shared_.now.reach == reachability::black_hole)
    co_await wait(up_.reader_wakes, clock::time_point::max());
  if (over_) co_return;
  if (!co_await connect()) {
    if (over_) co_return;
    ++shared_.count.unreachable;
    end();
    co_return;
  }
  asio::co_spawn(io_, read(self, up_), asio::detached);
  asio::co_spawn(io_, write(self, up_), asio::detached);
  asio::co_spawn(io_, read(self, down_), asio::detached);
  co_await write(self, down_);
}

asio::awaitable<bool> relay::connect() {
  error_code error;
  if (const auto* local = std::get_if<unix_target>(&shared_.to)) {
    const asio::local::stream_protocol::endpoint there(local->path);
    server_.open(there.protocol(), error);
    keep_from_children(server_.native_handle());
    co_await server_.async_connect(there, awaiting(error));
    co_return !error && !over_;
  }
  const auto& remote = std::get<tcp_target>(shared_.to);
  asio::ip::tcp::resolver resolver(io_);
  const std::string port = std::to_string(remote.port);
  const auto found = co_await resolver.async_resolve(remote.host, port, awaiting(error));
  if (error || over_) co_return false;
  error = asio::error::host_unreachable;
  for (const auto& entry : found) {
    error_code ignored;
    server_.close(ignored);
    const asio::ip::tcp::endpoint there = entry.endpoint();
    server_.open(there.protocol(), ignored);
    keep_from_children(server_.native_handle());
    co_await server_.async_connect(there, awaiting(error));
    if (!error || over_) break;
  }
  if (error || over_) co_return false;
  error_code ignored;
  server_.set_option(asio::ip::tcp::no_delay(true), ignored);
  co_return true;
}

asio::awaitable<void> relay::wait(asio::steady_timer& t, clock::time_point until) {
  error_code ignored;
  t.expires_at(until);
  co_await t.async_wait(awaiting(ignored));
}

asio::awaitable<void> relay::read(std::shared_ptr<relay> /*kept alive*/, direction& d) {
  std::string buffer(read_size, '\0');
  while (!over_) {
    if (d.queued_bytes >= queue_limit || shared_.now.reach == reachability::black_hole) {
      co_await wait(d.reader_wakes, clock::time_point::max());
      continue;
    }
    error_code error;
    const std::size_t n = co_await d.from.async_read_some(asio::buffer(buffer), awaiting(error));
    if (over_) break;
    if (error && error != asio::error::eof) {
      end();
      break;
    }
    const latency& delay = &d == &up_ ? shared_.now.to_target : shared_.now.to_client;
    d.queue.push_back({d.pace.departure(clock::now(), delay), buffer.substr(0, n)});
    d.queued_bytes += n;
    d.writer_wakes.cancel();
    if (error) break;
  }
}

asio::awaitable<void> relay::write(std::shared_ptr<relay> /*kept alive*/, direction& d) {
  while (!over_) {
    const std::size_t n = co_await until_writable(d);
    if (over_) co_return;
    if (d.queue.front().bytes.empty()) {
      error_code ignored;
      d.to.shutdown(asio::socket_base::shutdown_send, ignored);
      co_return;
    }
    if (!co_await deliver(d, n)) co_return;
  }
}

/// Waits until bytes may be written; returns how many of the queue's first part.
asio::awaitable<std::size_t> relay::until_writable(direction& d) {
  while (!over_) {
    const auto now = clock::now();
    if (d.queue.empty() || shared_.now.reach == reachability::black_hole) {
      co_await wait(d.writer_wakes, clock::time_point::max());
    } else if (now < d.queue.front().leaves) {
      co_await wait(d.writer_wakes, d.queue.front().leaves);
    } else if (d.queue.front().bytes.empty()) {
      co_return 0;
    } else {
      const std::size_t n =
          d.pace.allowance(now, d.queue.front().bytes.size(), shared_.now.bytes_per_second);
      if (n > 0) co_return n;
      co_await wait(d.writer_wakes, d.pace.next_write());
    }
  }
  co_return 0;
}

std::size_t relay::left_before_cut() const {
  if (!shared_.now.cut_after_bytes) return std::numeric_limits<std::size_t>::max();
  return *shared_.now.cut_after_bytes - std::min(carried_, *shared_.now.cut_after_bytes);
}

/// Writes the first `n` queued bytes, or as many as the connection may still carry.
asio::awaitable<bool> relay::deliver(direction& d, std::size_t n) {
  portion& first = d.queue.front();
  n = std::min(n, left_before_cut());
  error_code error;
  co_await asio::async_write(d.to, asio::buffer(first.bytes.data(), n), awaiting(error));
  if (over_) co_return false;
  if (error) {
    end();
    co_return false;
  }
  carried_ += n;
  (&d == &up_ ? shared_.count.bytes_to_target : shared_.count.bytes_to_client) += n;
  d.queued_bytes -= n;
  first.bytes.erase(0, n);
  if (left_before_cut() == 0) {
    cut();
    co_return false;
  }
  if (first.bytes.empty()) d.queue.pop_front();
  d.reader_wakes.cancel();
  co_return true;
}

}  // namespace bank::driver::proxy
