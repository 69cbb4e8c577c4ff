#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bank/api/auth/token_cache_options.hpp"
#include "bank/storage/token_store.hpp"
#include "lifeline/actor/runtime.hpp"
#include "lifeline/bus/event_bus.hpp"
#include "lifeline/guards/circuit_breaker.hpp"
#include "lifeline/guards/concurrency_limiter.hpp"
#include "lifeline/ledger/ledger.hpp"

namespace bank::api {

struct http_options {
  std::string listen = "127.0.0.1";
  std::uint16_t port = 8080;  ///< 0: any free port
  std::size_t threads = 1;    ///< I/O threads; each owns its connections
  std::size_t max_connections = 10'000;
  std::size_t max_connections_per_client = 8'000;  ///< of one address, and of one caller's tokens
  /// Requests without a valid token per second and address; more wait. An answer counts as one more
  /// request per 4 KiB. 0: no limit.
  std::size_t anonymous_per_second = 2'000;
  std::size_t body_limit = 64 * 1024;
  std::size_t bulk_body_limit = 8 * 1024 * 1024;  ///< for the `bulk_roles` of a route
  std::size_t bulk_memory = 128 * 1024 * 1024;    ///< for all such bodies together
  /// For what connections have received or not sent yet, beyond a few KiB each; bulk bodies apart.
  std::size_t buffer_memory = 192 * 1024 * 1024;
  std::size_t header_limit = 16 * 1024;
  std::size_t target_limit = 8 * 1024;
  std::chrono::milliseconds header_timeout{10'000};  ///< from first byte to end of headers
  std::chrono::milliseconds body_timeout{30'000};
  std::chrono::milliseconds idle_timeout{75'000};  ///< of a kept connection without a request
  std::chrono::milliseconds transfer_deadline{10'000};
  std::chrono::milliseconds write_deadline{5'000};
  std::chrono::milliseconds read_deadline{5'000};
  std::chrono::milliseconds search_deadline{30'000};
  std::chrono::milliseconds token_deadline{2'000};
  token_cache_options tokens;
  lifeline::guards::concurrency_limiter_options work;
  std::size_t streams_per_caller = 100;               ///< open event streams per owner and role
  std::chrono::milliseconds event_pace{100};          ///< least time between two writes of a stream
  std::chrono::milliseconds event_heartbeat{15'000};  ///< while there are no events
};

class job_service;
class operations_service;
class rate_guard;
class read_cache;
class request_watch;

/// Whether the node can serve.
enum class node_status {
  serving,
  starting,  ///< it does not serve yet
  shutting_down,
  store_unavailable,  ///< its circuit is open or half-open
  store_read_only,
  ledger_starting,
  commit_unknown,
};

struct readiness {
  node_status status = node_status::serving;
  std::string reason{};  ///< as in `/readyz`; empty while it serves
};

/// What the API serves from; all of it must outlive the server.
struct services {
  lifeline::runtime& rt;
  lifeline::ledger::ledger& books;
  lifeline::ledger::journal_store& store;
  storage::token_store& tokens;
  /// Null: it always serves.
  std::function<readiness()> ready;
  /// The store's circuit breaker: while it is open, requests that need the store are refused. Null:
  /// none.
  const lifeline::guards::circuit_breaker* store_breaker = nullptr;
  /// Jobs; null: their routes answer 404.
  job_service* jobs = nullptr;
  /// Rate limits; null: none.
  const rate_guard* limits = nullptr;
  /// Cache of account reads; null: every read asks the store.
  const read_cache* cache = nullptr;
  /// Called with the due time of a transfer that was made or changed and is still open.
  std::function<void(lifeline::wall_time)> on_due_time = {};
  /// Called with the due time of a new standing order.
  std::function<void(lifeline::wall_time)> on_order_due_time = {};
  /// Called on an I/O thread after an exception there: a bug, which the server survives.
  std::function<void(const std::string& why)> failed = {};
  /// The source of event streams; null: their routes answer 404.
  lifeline::event_bus* events = nullptr;
  /// Called for each answered request; null: none.
  request_watch* watch = nullptr;
  /// The data of the operations routes, `/metrics` included; null: they answer 404.
  const operations_service* operations = nullptr;
};

/// The HTTP server: Beast on Asio coroutines. Each connection serves one request after another;
/// each request is a coroutine that owns its `cancel_scope`. The public functions may be called
/// from any thread except the server's own.
class server {
 public:
  /// Binds and listens; throws `std::system_error` if the address can't be bound.
  server(services what, const http_options& options);
  server(const server&) = delete;
  server& operator=(const server&) = delete;
  /// Closes the listener and all connections, and joins the threads.
  ~server();

  /// Begins to accept; does nothing if it has begun, or has stopped accepting.
  void start();
  /// The port that is bound.
  std::uint16_t port() const noexcept;

  /// Refuses new requests with 503 `shutting_down`: on new and on open connections, pipelined ones
  /// included. `/livez`, `/readyz`, `/healthz` and `/metrics` are answered as long as the server
  /// lives. A connection ends with its next answer. Running requests go on.
  void stop_accepting();
  /// The same without waiting: `done` is dropped when it has happened.
  void stop_accepting(std::shared_ptr<const void> done);
  /// Waits until no request and no blocking call runs (true), or until `ctx` is done (false).
  bool drain(const lifeline::context& ctx);
  /// For callers that can't wait. Each drops `held`: when no request from before the stop runs;
  /// when each connection from before the stop has been answered or was quiet for a quarter of a
  /// second; when no blocking call runs.
  void when_no_requests(std::shared_ptr<const void> held);
  void when_no_connections(std::shared_ptr<const void> held);
  void when_no_calls(std::shared_ptr<const void> held);
  /// Soon ends the contexts of all running requests; does not wait for incomplete ones.
  void cut_short_requests();

  std::size_t running_requests() const noexcept;
  /// Blocking calls of requests, also of requests answered before the call returned: each with its
  /// request, oldest first.
  std::vector<std::string> running_calls() const;

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace bank::api
