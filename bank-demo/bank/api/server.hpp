#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bank/api/auth/token_cache_options.hpp"
#include "bank/api/limits/concurrency_limiter_options.hpp"
#include "bank/storage/token_store.hpp"
#include "lifeline/actor/runtime.hpp"
#include "lifeline/actors/circuit_breaker.hpp"
#include "lifeline/bus/event_bus.hpp"
#include "lifeline/ledger/ledger.hpp"

namespace bank::api {

struct http_options {
  std::string listen = "127.0.0.1";
  std::uint16_t port = 8080;  ///< 0: a free one
  std::size_t threads = 1;    ///< I/O threads, each with its connections
  std::size_t max_connections = 10'000;
  std::size_t body_limit = 64 * 1024;
  std::size_t bulk_body_limit = 8 * 1024 * 1024;  ///< where a route says so
  std::size_t bulk_room = 128 * 1024 * 1024;      ///< for all such bodies at a time
  std::size_t header_limit = 16 * 1024;
  std::size_t target_limit = 8 * 1024;
  std::chrono::milliseconds header_timeout{10'000};  ///< from the first byte to the whole header
  std::chrono::milliseconds body_timeout{30'000};
  std::chrono::milliseconds idle_timeout{75'000};  ///< keep-alive without a request
  std::chrono::milliseconds transfer_deadline{10'000};
  std::chrono::milliseconds write_deadline{5'000};
  std::chrono::milliseconds read_deadline{5'000};
  std::chrono::milliseconds search_deadline{30'000};
  std::chrono::milliseconds token_deadline{2'000};
  token_cache_options tokens;
  concurrency_limiter_options work;
  std::size_t streams_per_caller = 100;       ///< open event streams, of one owner in one role
  std::chrono::milliseconds event_pace{100};  ///< between two writes of a stream, at least
  std::chrono::milliseconds event_heartbeat{15'000};  ///< where nothing happens
};

class job_service;
class operations_desk;
class rate_guard;
class read_cache;
class request_watch;

/// What the API serves from; all of it must outlive the server.
struct services {
  lifeline::runtime& rt;
  lifeline::ledger::ledger& books;
  lifeline::ledger::ledger_store& store;
  storage::token_store& tokens;
  /// Empty while the node can serve, else the reason that `/readyz` gives.
  std::function<std::string()> unready;
  /// The one that the store stands behind: while it is open, nothing that needs the store is begun.
  /// Null: there is none.
  const lifeline::actors::circuit_breaker* store_breaker = nullptr;
  /// Long work; null: there is none, and its routes answer 404.
  job_service* jobs = nullptr;
  /// Admits requests by rate; null: all of them.
  const rate_guard* limits = nullptr;
  /// Keeps what is read of accounts; null: the store is asked each time.
  const read_cache* cache = nullptr;
  /// Told when an open transfer will be due, as one was made or changed.
  std::function<void(lifeline::wall_time)> comes_due = {};
  /// Told when a standing order will be due, as one was opened.
  std::function<void(lifeline::wall_time)> order_comes_due = {};
  /// Hears of an exception on an I/O thread, on that thread: a bug, which the server survives.
  std::function<void(const std::string& why)> failed = {};
  /// What clients hear of; null: nothing, and its routes answer 404.
  lifeline::event_bus* events = nullptr;
  /// Hears of each request that was answered; null: nobody does.
  request_watch* watch = nullptr;
  /// What the routes of operations tell, `/metrics` among them; null: they answer 404.
  const operations_desk* desk = nullptr;
};

/// The HTTP server: Beast on Asio coroutines, one request after another per connection, each a
/// coroutine that owns the `cancel_scope` of its request. The public functions may be called from
/// any thread but those of the server.
class server {
 public:
  /// Binds and listens; throws `std::system_error` if the address can't be had.
  server(services what, const http_options& options);
  server(const server&) = delete;
  server& operator=(const server&) = delete;
  /// Closes the listener and what is still open, and joins the threads.
  ~server();

  /// Begins to accept; nothing if it has begun, or has stopped accepting.
  void start();
  /// The port that was taken.
  std::uint16_t port() const noexcept;

  /// Begins nothing new: requests are refused with 503 `shutting_down`, on new connections and on
  /// open ones, those that clients have sent ahead too. What watches the node (`/livez`, `/readyz`,
  /// `/healthz`, `/metrics`) is answered as long as the server lives. A connection ends with its
  /// next answer. Running requests go on.
  void stop_accepting();
  /// The same without waiting for it: `done` is dropped when it has been done.
  void stop_accepting(std::shared_ptr<const void> done);
  /// Waits until no request and no call behind the blocking door runs, or `ctx` is done; true if
  /// none does.
  bool drain(const lifeline::context& ctx);
  /// For those who can't wait: drops `held` when no request runs that began before the stop; when
  /// no connection may send one any more, for each from before the stop has been answered or was
  /// quiet for a quarter of a second; when no call runs.
  void when_no_requests(std::shared_ptr<const void> held);
  void when_no_connections(std::shared_ptr<const void> held);
  void when_no_calls(std::shared_ptr<const void> held);
  /// Ends the contexts of all running requests, soon, and waits for no request to arrive in full.
  void cut_short_requests();

  std::size_t running_requests() const noexcept;
  /// What runs behind the blocking door for requests, also for those that were answered without it:
  /// each with its request, the oldest first.
  std::vector<std::string> running_calls() const;

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace bank::api
