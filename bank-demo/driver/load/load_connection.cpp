#include "driver/load/load_connection.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>

namespace bank::driver {

/// Shared with the timer's handler, which may still be queued when the connection is destroyed.
struct load_connection::state : std::enable_shared_from_this<state> {
  state(asio::io_context& io, std::vector<asio::ip::tcp::endpoint> n, traffic* t)
      : nodes(std::move(n)),
        counted(t != nullptr ? *t : uncounted),
        socket(io.get_executor()),
        watchdog(io.get_executor()) {}

  /// One timer per connection, armed over many exchanges; when it fires, it checks the current
  /// exchange's limit. So most exchanges cost no timer.
  void watch(lifeline::time_point limit) {
    deadline = limit;
    if (is_watching && armed_for <= limit) return;
    is_watching = true;
    armed_for = limit;
    watchdog.expires_at(std::chrono::steady_clock::time_point(limit));
    watchdog.async_wait([weak = weak_from_this()](const error_code& error) {
      const auto self = weak.lock();
      if (!error && self) self->look();
    });
  }

  void look() {
    is_watching = false;
    if (!is_busy) return;
    if (now() < deadline) return watch(deadline);
    timed_out = true;
    hang_up();
  }

  void hang_up() {
    error_code ignored;
    socket.close(ignored);
    reader.clear();
    watchdog.cancel();
    is_watching = false;
  }

  task<void> connect(error_code& error) {
    co_await asio::async_connect(socket, nodes, awaiting(error));
    // TCP may connect a client to itself if nothing listens on the port.
    error_code ignored;
    if (!error && socket.local_endpoint(ignored) == socket.remote_endpoint(ignored))
      error = asio::error::connection_refused;
    if (error) co_return;
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket.non_blocking(true, ignored);
  }

  task<void> send(std::string_view request, error_code& error) {
    if (!socket.is_open() || !is_connected) {
      co_await connect(error);
      is_connected = !error;
      if (error) co_return;
    }
    was_sent = true;
    std::size_t n = socket.write_some(asio::buffer(request), error);
    if (error == asio::error::would_block) {
      error = {};
      n = 0;
    }
    if (!error && n < request.size())
      co_await asio::async_write(socket, asio::buffer(request.substr(n)), awaiting(error));
    counted.bytes_out += request.size();
  }

  task<void> receive(plain_answer& answer, error_code& error) {
    while (true) {
      const answer_reader::room room = reader.more();
      const std::size_t n =
          co_await socket.async_read_some(asio::buffer(room.at, room.size), awaiting(error));
      if (error) co_return;
      counted.bytes_in += n;
      reader.took(n);
      if (const auto whole = reader.take()) {
        answer = *whole;
        co_return;
      }
      if (reader.is_malformed()) error = make_error_code(boost::system::errc::protocol_error);
      if (error) co_return;
    }
  }

  std::vector<asio::ip::tcp::endpoint> nodes;
  traffic uncounted;
  traffic& counted;
  tcp_socket socket;
  timer watchdog;
  answer_reader reader;
  lifeline::time_point deadline;
  lifeline::time_point armed_for;
  bool is_connected = false;
  bool is_watching = false;
  bool is_busy = false;
  bool has_answer = false;
  bool was_sent = false;
  bool timed_out = false;
};

load_connection::load_connection(asio::io_context& io, std::vector<asio::ip::tcp::endpoint> nodes,
                                 traffic* counted)
    : state_(std::make_shared<state>(io, std::move(nodes), counted)) {}

load_connection::~load_connection() {
  if (state_) state_->hang_up();
}

void load_connection::hang_up() {
  state_->hang_up();
  state_->is_connected = false;
  state_->has_answer = false;
}

task<exchanged> load_connection::exchange(std::string_view request, lifeline::duration limit) {
  const auto self = state_;
  if (self->has_answer) self->reader.next();
  self->has_answer = self->was_sent = self->timed_out = false;
  self->is_busy = true;
  self->watch(now() + limit);
  exchanged e;
  co_await self->send(request, e.error);
  if (!e.error) co_await self->receive(e.answer, e.error);
  self->is_busy = false;
  e.was_sent = self->was_sent;
  e.timed_out = self->timed_out;
  if (e.error) {
    self->hang_up();
    self->is_connected = false;
    if (e.timed_out) e.error = asio::error::timed_out;
    co_return e;
  }
  self->has_answer = true;
  if (!e.answer.keeps_alive) {
    // Closed, but not cleared: the body is read later.
    error_code ignored;
    self->socket.close(ignored);
    self->is_connected = false;
  }
  co_return e;
}

task<bool> load_connection::send_only(std::string_view request) {
  const auto self = state_;
  error_code error;
  co_await self->send(request, error);
  co_return !error;
}

task<std::size_t> load_connection::read_some(char* to, std::size_t size) {
  const auto self = state_;
  error_code error;
  const std::size_t n =
      co_await self->socket.async_read_some(asio::buffer(to, size), awaiting(error));
  self->counted.bytes_in += n;
  co_return error ? 0 : n;
}

}  // namespace bank::driver
