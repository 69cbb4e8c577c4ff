#pragma once

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

#include "bank/api/limits/address_turns.hpp"
#include "bank/api/server/server_state.hpp"
#include "bank/api/server/sweeper.hpp"
#include "lifeline/actor/asio_port.hpp"

namespace bank::api {

class connection;

/// An I/O thread with its event loop, its port to the actors and its connections.
class io_worker {
 public:
  explicit io_worker(server_state& server);
  io_worker(const io_worker&) = delete;
  io_worker& operator=(const io_worker&) = delete;
  ~io_worker();

  void start();
  /// From other threads: closes all connections; the thread ends after their coroutines.
  void stop();
  /// After `stop`, or without `start`: waits for the thread to end.
  void join();
  /// From any thread: soon runs `f` for each connection on the worker's thread; then drops `done`.
  void for_each(void (connection::*f)(), std::shared_ptr<const void> done = nullptr);
  /// From any thread: takes a new client.
  void adopt(boost::asio::ip::tcp::socket socket);
  /// Runs with each sweep, on the worker's thread; set it before `start`.
  void on_tick(std::function<void()> f) { on_tick_ = std::move(f); }

  // For its connections, on its thread.
  server_state& server() noexcept { return server_; }
  boost::asio::io_context& io() noexcept { return io_; }
  lifeline::asio_port& port() noexcept { return port_; }
  /// Each connection reads into this buffer first.
  std::span<char> read_buffer() noexcept { return read_buffer_; }
  /// The time as an HTTP date.
  std::string_view date();
  /// Turns of clients without a valid token.
  address_turns& anonymous() noexcept { return anonymous_; }
  /// Resumes the connection at a later sweep, once its address has a turn: in the order of calls.
  void wait_for_turn(std::weak_ptr<connection> c) { line_.push_back(std::move(c)); }
  void joined(connection& c) { connections_.insert(&c); }
  void left(connection& c);

 private:
  void run();
  void sweep();
  void give_turns();
  bool admit(connection& c);
  bool make_room(const std::string& address);
  std::string largest_client() const;
  std::vector<std::shared_ptr<connection>> all() const;

  server_state& server_;
  boost::asio::io_context io_{1};
  lifeline::asio_port port_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> keep_running_;
  std::shared_ptr<sweeper> sweeper_;
  std::function<void()> on_tick_;
  std::unordered_set<connection*> connections_;
  address_turns anonymous_;
  std::deque<std::weak_ptr<connection>> line_;  // for a turn
  // No connection gives way before: of all, or of one client.
  lifeline::time_point full_until_{};
  std::pair<std::string, lifeline::time_point> client_full_until_{};
  std::array<char, 16 * 1024> read_buffer_;
  bool closing_ = false;
  std::int64_t date_second_ = -1;
  std::string date_;
  std::thread thread_;
};

}  // namespace bank::api
