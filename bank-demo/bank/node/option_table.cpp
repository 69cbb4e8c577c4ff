#include "bank/node/option_table.hpp"

#include <array>
#include <chrono>
#include <type_traits>

#include "bank/api/observe/otlp_endpoint.hpp"
#include "bank/node/listening.hpp"
#include "bank/storage/postgres/url.hpp"
#include "bank/storage/redis/address.hpp"

namespace bank::node {
namespace {

using json::shape;
using std::string_view;

constexpr std::int64_t day_ms = 24LL * 60 * 60 * 1000;

// -- between a member's type and an option's value --

template <class T>
constexpr bool is_duration = false;
template <class Rep, class Period>
constexpr bool is_duration<std::chrono::duration<Rep, Period>> = true;

template <class T>
option_value to_value(const T& member) {
  if constexpr (is_duration<T>)
    return std::chrono::duration_cast<std::chrono::milliseconds>(member).count();
  else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
    return static_cast<std::int64_t>(member);
  else
    return member;
}

template <class T>
void from_value(T& member, const option_value& v) {
  if constexpr (is_duration<T>)
    member = std::chrono::milliseconds(std::get<std::int64_t>(v));
  else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
    member = static_cast<T>(std::get<std::int64_t>(v));
  else
    member = std::get<T>(v);
}

/// An option bound to a member of the configuration; `Member` gives a reference to it.
template <auto Member>
option bound(string_view path, shape takes, string_view help) {
  return {path, help, std::move(takes), [](const configuration& c) { return to_value(Member(c)); },
          [](configuration& c, const option_value& v) { from_value(Member(c), v); }};
}

/// An option of the contract that this version does not support yet.
option later(string_view path, string_view help) { return {path, help, {}}; }

/// A secret: its value appears in no message.
option secret(option o) {
  o.secret = true;
  return o;
}

/// An option whose text has a check of its own.
option judged(option o, std::string (*wrong)(string_view)) {
  o.wrong = wrong;
  return o;
}

std::string wrong_redis_url(string_view url) {
  const auto address = storage::parse_redis_url(url);
  return address ? std::string() : address.error().what;
}

std::string wrong_trace_endpoint(string_view url) {
  const auto address = api::parse_otlp_endpoint(url);
  return address ? std::string() : address.error().what;
}

constexpr std::size_t commit_lane = static_cast<std::size_t>(lifeline::lane::commit);
constexpr std::size_t read_lane = static_cast<std::size_t>(lifeline::lane::read);
static_assert(commit_lane == 0 && read_lane == 1);

#define MEMBER(name) \
  [](auto& c) -> auto& { return c.name; }

const auto& table() {
  static const std::array options{
      bound<MEMBER(http.port)>("port", shape::whole(0, 65'535),
                               "TCP port for the HTTP API (0: any free port, printed at start)"),
      judged(bound<MEMBER(http.listen)>("listen", shape::any_text(),
                                        "IP address or host name to listen on"),
             &wrong_listen_address),
      bound<MEMBER(data_dir)>("data_dir", shape::any_text(),
                              "Data folder (embedded store, token files, job files), relative to "
                              "the working directory"),
      bound<MEMBER(store)>(
          "store", shape::choice({"sqlite", "postgres"}),
          "Store for accounts and transfers: sqlite (embedded, in the data folder) or postgres"),
      judged(secret(bound<MEMBER(postgres.url)>("postgres.url", shape::any_text({}, 0),
                                                "PostgreSQL connection URL, required by --store "
                                                "postgres: postgresql://user@host/database")),
             &storage::wrong_postgres_url),
      bound<MEMBER(postgres.connections)>(
          "postgres.connections", shape::whole(1, 1'000),
          "PostgreSQL connections for reads, tokens and jobs; commits use two more"),
      later("tls.cert", "Certificate file for HTTPS"),
      later("tls.key", "Private key file of the HTTPS certificate"),
      bound<MEMBER(demo)>("demo", shape::yes_or_no(),
                          "Demo accounts for alice and bob, opened if the store is empty"),
      bound<MEMBER(log_level)>("log.level",
                               shape::choice({"trace", "debug", "info", "warning", "error"}),
                               "Lowest level that is logged: trace, debug, info, warning or error"),
      bound<MEMBER(log_format)>(
          "log.format", shape::choice({"text", "json"}),
          "Format of the log on standard error: text, or json (one object per line)"),
      bound<MEMBER(observe.slow_request)>(
          "log.slow_request_ms", shape::whole(1, day_ms),
          "Duration in ms above which a request is logged as a warning"),
      bound<MEMBER(shutdown_timeout)>("shutdown.timeout_ms", shape::whole(100, 600'000),
                                      "Total time in ms for a stop, from the signal to the exit"),

      bound<MEMBER(http.threads)>("http.threads", shape::whole(1, 256),
                                  "I/O threads, each with its own connections"),
      bound<MEMBER(http.max_connections)>("http.max_connections", shape::whole(1, 1'000'000),
                                          "Concurrent client connections"),
      bound<MEMBER(http.max_connections_per_client)>(
          "http.max_connections_per_client", shape::whole(1, 1'000'000),
          "Concurrent connections of one address, and of one caller's tokens"),
      bound<MEMBER(http.anonymous_per_second)>(
          "http.anonymous_per_second", shape::whole(0, 10'000'000),
          "Requests per second and address without a valid token; further ones wait (0: no limit)"),
      bound<MEMBER(http.body_limit)>("http.body_limit", shape::whole(1'024, 64 * 1'024 * 1'024),
                                     "Largest request body in bytes"),
      bound<MEMBER(http.bulk_body_limit)>("http.bulk_body_limit",
                                          shape::whole(1'024, 64 * 1'024 * 1'024),
                                          "Largest request body in bytes for batches and imports"),
      bound<MEMBER(http.bulk_memory)>(
          "http.bulk_memory", shape::whole(1'024, 1'024LL * 1'024 * 1'024 * 1'024),
          "Memory in bytes for all batch and import bodies together; one caller may use a quarter"),
      bound<MEMBER(http.buffer_memory)>(
          "http.buffer_memory", shape::whole(1'024, 1'024LL * 1'024 * 1'024 * 1'024),
          "Memory in bytes for what connections have received or not sent yet, beyond a few KiB "
          "each; one caller may use a quarter"),
      bound<MEMBER(http.header_limit)>("http.header_limit", shape::whole(1'024, 1'024 * 1'024),
                                       "Largest request header in bytes"),
      bound<MEMBER(http.target_limit)>("http.target_limit", shape::whole(256, 256 * 1'024),
                                       "Longest request target (path and query) in bytes"),
      bound<MEMBER(http.header_timeout)>(
          "http.header_timeout_ms", shape::whole(1, day_ms),
          "Time in ms to receive a request header, from its first byte"),
      bound<MEMBER(http.body_timeout)>("http.body_timeout_ms", shape::whole(1, day_ms),
                                       "Time in ms to receive a request body"),
      bound<MEMBER(http.idle_timeout)>(
          "http.idle_timeout_ms", shape::whole(1, day_ms),
          "Time in ms before a connection without a request is closed"),
      bound<MEMBER(http.transfer_deadline)>(
          "http.transfer_deadline_ms", shape::whole(1, day_ms),
          "Deadline in ms of a transfer; a client may ask for less"),
      bound<MEMBER(http.write_deadline)>(
          "http.write_deadline_ms", shape::whole(1, day_ms),
          "Deadline in ms of any other write; a client may ask for less"),
      bound<MEMBER(http.read_deadline)>("http.read_deadline_ms", shape::whole(1, day_ms),
                                        "Deadline in ms of a read; a client may ask for less"),
      bound<MEMBER(http.search_deadline)>("http.search_deadline_ms", shape::whole(1, day_ms),
                                          "Deadline in ms of a search; a client may ask for less"),
      bound<MEMBER(http.streams_per_caller)>("events.streams_per_caller",
                                             shape::whole(1, 1'000'000),
                                             "Concurrent event streams per caller"),
      bound<MEMBER(events_window)>(
          "events.window", shape::whole(1, 10'000'000),
          "Newest ledger events kept in memory for clients that reconnect"),
      bound<MEMBER(events_bytes)>("events.bytes",
                                  shape::whole(1'024, 1'024LL * 1'024 * 1'024 * 1'024),
                                  "Memory in bytes for these events; beyond it fewer are kept"),
      bound<MEMBER(http.token_deadline)>(
          "http.token_deadline_ms", shape::whole(1, day_ms),
          "Time in ms to check a request's token, within the request's deadline"),

      bound<MEMBER(http.tokens.entries)>("tokens.entries", shape::whole(1, 10'000'000),
                                         "Valid tokens kept in the token cache"),
      bound<MEMBER(http.tokens.denied)>("tokens.denied", shape::whole(1, 10'000'000),
                                        "Invalid tokens kept in the token cache"),
      bound<MEMBER(http.tokens.ttl)>("tokens.ttl_ms", shape::whole(1, day_ms),
                                     "Time in ms a valid token stays in the token cache"),
      bound<MEMBER(http.tokens.refresh)>("tokens.refresh_ms", shape::whole(0, day_ms),
                                         "Time in ms before its end in the token cache at which a "
                                         "token in use is checked again (0: never)"),
      bound<MEMBER(http.tokens.stale_for)>(
          "tokens.stale_ms", shape::whole(0, day_ms),
          "Extra time in ms a cached token is accepted while the store is unavailable, never past "
          "the token's own expiry (0: none)"),
      bound<MEMBER(http.tokens.denied_for)>(
          "tokens.denied_ms", shape::whole(0, 60'000),
          "Time in ms an invalid token is refused without asking the store (0: none)"),

      bound<MEMBER(rate_limit.per_second)>(
          "rate_limit.per_second", shape::whole(0, 1'000'000),
          "Requests per second and caller, for reads and for writes separately (0: unlimited)"),
      bound<MEMBER(rate_limit.burst)>(
          "rate_limit.burst", shape::whole(1, 1'000'000),
          "Burst size: requests per caller accepted at once, for reads and for writes separately"),
      bound<MEMBER(rate_limit.wait)>(
          "rate_limit.wait_ms", shape::whole(0, 60'000),
          "Time in ms a request above the caller's rate waits before it is refused (0: none)"),
      bound<MEMBER(rate_limit.node_per_second)>(
          "rate_limit.node_per_second", shape::whole(0, 10'000'000),
          "Requests per second of all callers together (0: unlimited)"),
      bound<MEMBER(rate_limit.node_burst)>(
          "rate_limit.node_burst", shape::whole(0, 10'000'000),
          "Burst size of the whole node in requests (0: the requests of one second)"),
      bound<MEMBER(rate_limit.callers)>("rate_limit.callers", shape::whole(1'000, 100'000'000),
                                        "Callers whose rate is tracked"),

      bound<MEMBER(http.work.concurrent)>(
          "admission.concurrent", shape::whole(0, 1'000'000),
          "Concurrent requests of all callers; further ones queue (0: no admission limits at all)"),
      bound<MEMBER(http.work.concurrent_per_caller)>(
          "admission.concurrent_per_caller", shape::whole(0, 1'000'000),
          "Concurrent requests per caller while other callers are active (0: unlimited, and "
          "admission.writes_beside_light_caller is off)"),
      bound<MEMBER(http.work.weight_beside_light_caller)>(
          "admission.writes_beside_light_caller", shape::whole(0, 1'000'000),
          "Concurrent writes per caller while a light caller is active; a light caller has at most "
          "this many writes open itself (0: as admission.concurrent_per_caller)"),
      bound<MEMBER(http.work.queue)>(
          "admission.queue", shape::whole(0, 1'000'000),
          "Queued requests of all callers; further ones are refused (0: no queue)"),
      bound<MEMBER(http.work.queue_per_caller)>(
          "admission.queue_per_caller", shape::whole(0, 1'000'000),
          "Queued requests per caller; further ones are refused (0: no queue)"),

      bound<MEMBER(cache.entries)>(
          "cache.entries", shape::whole(0, 100'000'000),
          "Account views and history pages in the read cache (0: no cache)"),
      bound<MEMBER(cache.bytes)>("cache.bytes", shape::whole(1 << 16, 1LL << 40),
                                 "Memory in bytes of the read cache"),
      bound<MEMBER(cache.shards)>("cache.shards", shape::whole(1, 256),
                                  "Actors of the read cache, each for a part of the accounts"),
      bound<MEMBER(cache.ttl)>("cache.ttl_ms", shape::whole(1, day_ms),
                               "Time in ms an unchanged entry stays in the read cache"),
      bound<MEMBER(cache.refresh)>(
          "cache.refresh_ms", shape::whole(0, day_ms),
          "Time in ms before expiry at which an entry in use is read again (0: never)"),
      bound<MEMBER(cache.stale_for)>(
          "cache.stale_ms", shape::whole(0, day_ms),
          "Extra time in ms an expired entry is served while the store cannot be read (0: none)"),
      judged(secret(bound<MEMBER(cache.redis_url)>(
                 "cache.redis_url", shape::any_text({}, 0),
                 "Redis server that keeps history pages of the read cache for all nodes: "
                 "redis://HOST[:PORT][/DATABASE] or unix:///PATH (empty: none)")),
             &wrong_redis_url),
      bound<MEMBER(cache.redis_prefix)>("cache.redis_prefix", shape::any_text(),
                                        "Prefix of all keys in Redis"),
      bound<MEMBER(cache.redis_timeout)>(
          "cache.redis_timeout_ms", shape::whole(1, 10'000),
          "Time in ms for Redis to answer before the store is asked"),

      bound<MEMBER(ledger.processors)>("ledger.processors", shape::whole(1, 1'024),
                                       "Transaction processors: actors that run transfers"),
      bound<MEMBER(ledger.directory_shards)>(
          "ledger.directory_shards", shape::whole(1, 4'096),
          "Directory shards: actors that find and start accounts"),
      bound<MEMBER(ledger.in_flight_per_processor)>(
          "ledger.in_flight_per_processor", shape::whole(1, 1'000'000),
          "Concurrent transfers per processor; further ones are refused as overloaded"),
      bound<MEMBER(ledger.journal_queue)>("ledger.journal_queue", shape::whole(1, 10'000'000),
                                          "Entries queued for a commit; further ones are refused"),
      bound<MEMBER(ledger.batch_limit)>("ledger.batch_limit", shape::whole(1, 100'000),
                                        "Entries per commit"),
      bound<MEMBER(ledger.resident_accounts)>(
          "ledger.resident_accounts", shape::whole(1, 100'000'000),
          "Accounts in memory above which idle ones are unloaded"),
      bound<MEMBER(ledger.rest_after)>("ledger.unload_after_ms", shape::whole(1, day_ms),
                                       "Idle time in ms before an account may be unloaded"),
      bound<MEMBER(ledger.commit_timeout)>(
          "ledger.commit_timeout_ms", shape::whole(10, 600'000),
          "Time in ms for a commit, after which its outcome counts as unknown"),

      bound<MEMBER(background.job_workers)>("jobs.workers", shape::whole(1, 256),
                                            "Concurrent jobs"),
      bound<MEMBER(background.job_queue)>("jobs.queue", shape::whole(1, 100'000),
                                          "Queued jobs; further ones are refused"),
      bound<MEMBER(background.job_limit)>("jobs.limit_ms", shape::whole(1, day_ms),
                                          "Time limit in ms of one job"),
      bound<MEMBER(background.keep_jobs)>("jobs.keep_ms", shape::whole(60'000, 3'650 * day_ms),
                                          "Time in ms a finished job is kept"),
      bound<MEMBER(background.due_period)>(
          "due.period_ms", shape::whole(100, day_ms),
          "Interval in ms between searches for due transfers and standing orders; one also starts "
          "at each known due time"),
      bound<MEMBER(background.due_limit)>(
          "due.limit_ms", shape::whole(100, day_ms),
          "Time limit in ms of one round of due transfers or standing orders"),
      bound<MEMBER(background.due_transfer_limit)>(
          "due.transfer_limit_ms", shape::whole(100, 600'000),
          "Time limit in ms of one due transfer or standing order"),
      bound<MEMBER(background.housekeeping_period)>(
          "housekeeping.period_ms", shape::whole(1'000, 30 * day_ms),
          "Interval in ms between deletions of expired data"),
      bound<MEMBER(background.keep_keys)>("housekeeping.keep_keys_ms",
                                          shape::whole(day_ms, 3'650 * day_ms),
                                          "Shortest time in ms an idempotency key is kept"),

      bound<MEMBER(observe.enabled)>("metrics.enabled", shape::yes_or_no(),
                                     "Metrics, request log, traces, /metrics and the figures under "
                                     "/v1/admin (false: none of them)"),
      bound<MEMBER(observe.public_metrics)>("metrics.public", shape::yes_or_no(),
                                            "Access to /metrics without a token"),
      bound<MEMBER(background.meter_period)>(
          "metrics.money_ms", shape::whole(1'000, day_ms),
          "Interval in ms between sums of all balances, which must be 0"),
      bound<MEMBER(observe.alarm_percent)>(
          "metrics.alarm_percent", shape::whole(1, 100),
          "Failed requests of the last minute, in percent, above which an alarm is raised"),
      bound<MEMBER(observe.request_log)>(
          "request_log.enabled", shape::yes_or_no(),
          "Log of requests and errors in the store, for /v1/admin/requests and /v1/admin/errors"),
      bound<MEMBER(observe.log_queue)>(
          "request_log.queue", shape::whole(1, 1'000'000),
          "Rows queued for the request log; further ones are dropped and counted"),
      bound<MEMBER(observe.log_linger)>(
          "request_log.linger_ms", shape::whole(0, 60'000),
          "Time in ms rows are collected before they are written (0: none)"),
      bound<MEMBER(observe.log_budget_percent)>(
          "request_log.budget_percent", shape::whole(1, 100),
          "Largest share of time in percent that may be spent on writing rows"),
      bound<MEMBER(observe.log_shutdown)>(
          "request_log.shutdown_ms", shape::whole(0, 600'000),
          "Time in ms to write the last rows during a stop (0: none)"),
      bound<MEMBER(background.keep_requests)>(
          "request_log.keep_ms", shape::whole(60'000, 3'650 * day_ms), "Time in ms rows are kept"),
      judged(bound<MEMBER(observe.trace_endpoint)>(
                 "trace.endpoint", shape::any_text({}, 0),
                 "Endpoint for spans as OTLP in JSON: http://HOST:4318/v1/traces (empty: none)"),
             &wrong_trace_endpoint),
      bound<MEMBER(observe.trace_per_mille)>(
          "trace.per_mille", shape::whole(0, 1'000),
          "New traces kept per thousand (0: none); errors and slow requests are always kept"),
      bound<MEMBER(observe.trace_queue)>("trace.queue", shape::whole(1, 1'000'000),
                                         "Spans queued for export; further ones are dropped"),

      bound<MEMBER(runtime.workers)>("runtime.workers", shape::whole(0, 1'024),
                                     "Threads that run actors (0: one per core)"),
      bound<MEMBER(runtime.throughput)>("runtime.throughput", shape::whole(1, 1'000'000),
                                        "Messages an actor handles before another actor runs"),
      bound<MEMBER(runtime.lanes[read_lane].threads)>("runtime.read_threads", shape::whole(1, 256),
                                                      "Threads that read from the store"),
  };
  return options;
}

#undef MEMBER

struct renaming {
  string_view before;
  string_view now;
};
constexpr renaming renamings[] = {
    {"admission.in_work", "admission.concurrent"},
    {"admission.of_a_caller", "admission.concurrent_per_caller"},
    {"admission.beside_modest", "admission.writes_beside_light_caller"},
    {"admission.waiting", "admission.queue"},
    {"admission.waiting_of_a_caller", "admission.queue_per_caller"},
    {"http.bulk_room", "http.bulk_memory"},
    {"ledger.rest_after_ms", "ledger.unload_after_ms"},
};

}  // namespace

std::span<const option> option_table() { return table(); }

const option* find_option(string_view path) noexcept {
  for (const option& o : option_table())
    if (o.path == path) return &o;
  return nullptr;
}

const option* find_renamed(string_view name) {
  for (const auto& [before, now] : renamings) {
    const option old{before, {}, {}};
    if (name == before || name == old.flag() || name == old.variable()) return find_option(now);
  }
  return nullptr;
}

}  // namespace bank::node
