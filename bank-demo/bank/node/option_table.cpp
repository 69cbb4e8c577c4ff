#include "bank/node/option_table.hpp"

#include <array>
#include <chrono>
#include <type_traits>

#include "bank/api/observe/otlp_endpoint.hpp"
#include "bank/node/listening.hpp"
#include "bank/storage/postgres_url.hpp"
#include "bank/storage/redis_address.hpp"

namespace bank::node {
namespace {

using std::string_view;

constexpr std::array<string_view, 5> log_levels{"trace", "debug", "info", "warning", "error"};
constexpr std::array<string_view, 2> store_kinds{"sqlite", "postgres"};
constexpr std::array<string_view, 2> log_formats{"text", "json"};
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

/// An option that is a member of the configuration; `Member` gives a reference to it.
template <auto Member>
option bound(string_view path, option_shape shape, string_view help) {
  return {path, help, shape, [](const configuration& c) { return to_value(Member(c)); },
          [](configuration& c, const option_value& v) { from_value(Member(c), v); }};
}

option later(string_view path, string_view help) { return {path, help, planned{}}; }

/// Its value is in no message.
option secret(option o) {
  o.secret = true;
  return o;
}

/// Its text is judged further.
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
      bound<MEMBER(http.port)>("port", whole_number{0, 65'535},
                               "the port to serve on; 0 takes a free one"),
      judged(bound<MEMBER(http.listen)>("listen", any_text{}, "the address to serve on"),
             &wrong_listen_address),
      bound<MEMBER(data_dir)>("data_dir", any_text{}, "the folder that holds the books"),
      bound<MEMBER(store)>("store", one_of{store_kinds}, "what keeps the books"),
      judged(secret(bound<MEMBER(postgres.url)>(
                 "postgres.url", any_text{true},
                 "where the PostgreSQL database is, for --store postgres: "
                 "postgresql://user@host/database")),
             &storage::wrong_postgres_url),
      bound<MEMBER(postgres.connections)>(
          "postgres.connections", whole_number{1, 1'000},
          "connections to it for reads, tokens and jobs; two more are for commits"),
      later("tls.cert", "the certificate to serve HTTPS with"),
      later("tls.key", "the certificate's private key"),
      bound<MEMBER(demo)>("demo", on_or_off{},
                          "open accounts for alice and bob, if the store is empty"),
      bound<MEMBER(log_level)>("log.level", one_of{log_levels}, "the least that is logged"),
      bound<MEMBER(log_format)>("log.format", one_of{log_formats}, "text, or a JSON object a line"),
      bound<MEMBER(observe.slow_request)>("log.slow_request_ms", whole_number{1, day_ms},
                                          "a request that takes longer is logged as a warning"),
      bound<MEMBER(shutdown_timeout)>("shutdown.timeout_ms", whole_number{100, 600'000},
                                      "for a whole stop, from the signal to the end"),

      bound<MEMBER(http.threads)>("http.threads", whole_number{1, 256},
                                  "I/O threads, each with its own connections"),
      bound<MEMBER(http.max_connections)>("http.max_connections", whole_number{1, 1'000'000},
                                          "connections at a time"),
      bound<MEMBER(http.body_limit)>("http.body_limit", whole_number{1'024, 64 * 1'024 * 1'024},
                                     "bytes in a request's body"),
      bound<MEMBER(http.bulk_body_limit)>("http.bulk_body_limit",
                                          whole_number{1'024, 64 * 1'024 * 1'024},
                                          "the same where much is sent at once: batches, imports"),
      bound<MEMBER(http.bulk_room)>(
          "http.bulk_room", whole_number{1'024, 1'024LL * 1'024 * 1'024 * 1'024},
          "bytes for such bodies at a time; a quarter of it for one caller"),
      bound<MEMBER(http.header_limit)>("http.header_limit", whole_number{1'024, 1'024 * 1'024},
                                       "bytes in a request's header"),
      bound<MEMBER(http.target_limit)>("http.target_limit", whole_number{256, 256 * 1'024},
                                       "bytes in a request's target"),
      bound<MEMBER(http.header_timeout)>("http.header_timeout_ms", whole_number{1, day_ms},
                                         "from a request's first byte to its whole header"),
      bound<MEMBER(http.body_timeout)>("http.body_timeout_ms", whole_number{1, day_ms},
                                       "for a request's body"),
      bound<MEMBER(http.idle_timeout)>("http.idle_timeout_ms", whole_number{1, day_ms},
                                       "for a connection without a request"),
      bound<MEMBER(http.transfer_deadline)>("http.transfer_deadline_ms", whole_number{1, day_ms},
                                            "for a transfer; a client may ask for less"),
      bound<MEMBER(http.write_deadline)>("http.write_deadline_ms", whole_number{1, day_ms},
                                         "for any other write"),
      bound<MEMBER(http.read_deadline)>("http.read_deadline_ms", whole_number{1, day_ms},
                                        "for a read"),
      bound<MEMBER(http.search_deadline)>("http.search_deadline_ms", whole_number{1, day_ms},
                                          "for a search"),
      bound<MEMBER(http.streams_per_caller)>("events.streams_per_caller",
                                             whole_number{1, 1'000'000},
                                             "event streams of one caller at a time"),
      bound<MEMBER(events_window)>("events.window", whole_number{1, 10'000'000},
                                   "the ledger's newest events, that a client may come back to"),
      bound<MEMBER(http.token_deadline)>("http.token_deadline_ms", whole_number{1, day_ms},
                                         "for checking a request's token"),

      bound<MEMBER(http.tokens.entries)>("tokens.entries", whole_number{1, 10'000'000},
                                         "good tokens that are remembered"),
      bound<MEMBER(http.tokens.denied)>("tokens.denied", whole_number{1, 10'000'000},
                                        "bad ones that are remembered"),
      bound<MEMBER(http.tokens.ttl)>("tokens.ttl_ms", whole_number{1, day_ms},
                                     "how long a good one is believed"),
      bound<MEMBER(http.tokens.refresh)>("tokens.refresh_ms", whole_number{0, day_ms},
                                         "before its end, one that is used is asked for anew"),
      bound<MEMBER(http.tokens.stale_for)>(
          "tokens.stale_ms", whole_number{0, day_ms},
          "after its end it is believed while the store does not answer"),
      bound<MEMBER(http.tokens.denied_for)>("tokens.denied_ms", whole_number{0, 60'000},
                                            "how long a bad one is refused without asking"),

      bound<MEMBER(rate_limit.per_second)>(
          "rate_limit.per_second", whole_number{0, 1'000'000},
          "requests of a caller in a second, of reads and of writes; 0: no limit"),
      bound<MEMBER(rate_limit.burst)>("rate_limit.burst", whole_number{1, 1'000'000},
                                      "how many of them may come at once"),
      bound<MEMBER(rate_limit.wait)>("rate_limit.wait_ms", whole_number{0, 60'000},
                                     "how long a request waits for its turn before it is refused"),
      bound<MEMBER(rate_limit.node_per_second)>("rate_limit.node_per_second",
                                                whole_number{0, 10'000'000},
                                                "requests of all callers in a second; 0: no limit"),
      bound<MEMBER(rate_limit.node_burst)>("rate_limit.node_burst", whole_number{0, 10'000'000},
                                           "how many of them may come at once; 0: a second's"),
      bound<MEMBER(rate_limit.callers)>("rate_limit.callers", whole_number{1'000, 100'000'000},
                                        "callers whose rate is remembered"),

      bound<MEMBER(http.work.in_work)>("admission.in_work", whole_number{0, 1'000'000},
                                       "requests that are worked on at a time; further ones wait; "
                                       "0: nobody waits, or is refused"),
      bound<MEMBER(http.work.of_a_caller)>(
          "admission.of_a_caller", whole_number{0, 1'000'000},
          "of them, of a caller, while others are about; 0: no limit, beside nobody"),
      bound<MEMBER(http.work.beside_modest)>("admission.beside_modest", whole_number{0, 1'000'000},
                                             "of them, of what a caller changes, beside one who "
                                             "has no more of it open; 0: as beside others"),
      bound<MEMBER(http.work.waiting)>("admission.waiting", whole_number{0, 1'000'000},
                                       "requests that wait; further ones are refused"),
      bound<MEMBER(http.work.waiting_each)>("admission.waiting_of_a_caller",
                                            whole_number{0, 1'000'000}, "of them, of a caller"),

      bound<MEMBER(cache.entries)>("cache.entries", whole_number{0, 100'000'000},
                                   "account views and pages of history that are kept; 0: none"),
      bound<MEMBER(cache.bytes)>("cache.bytes", whole_number{1 << 16, 1LL << 40},
                                 "how much memory they may take"),
      bound<MEMBER(cache.shards)>("cache.shards", whole_number{1, 256},
                                  "actors that keep them, each for a part of the accounts"),
      bound<MEMBER(cache.ttl)>("cache.ttl_ms", whole_number{1, day_ms},
                               "how long one is kept that does not change"),
      bound<MEMBER(cache.refresh)>("cache.refresh_ms", whole_number{0, day_ms},
                                   "before its end, one that is asked for is read anew"),
      bound<MEMBER(cache.stale_for)>("cache.stale_ms", whole_number{0, day_ms},
                                     "after its end it stands in while the store can't be read"),
      judged(secret(bound<MEMBER(cache.redis_url)>(
                 "cache.redis_url", any_text{true},
                 "a Redis server that keeps more of them: redis://HOST[:PORT][/DATABASE] or "
                 "unix:///PATH; empty: none")),
             &wrong_redis_url),
      bound<MEMBER(cache.redis_prefix)>("cache.redis_prefix", any_text{},
                                        "what all names in that server begin with"),
      bound<MEMBER(cache.redis_timeout)>("cache.redis_timeout_ms", whole_number{1, 10'000},
                                         "for what is asked of it, before the store is"),

      bound<MEMBER(ledger.processors)>("ledger.processors", whole_number{1, 1'024},
                                       "actors that walk transfers through the books"),
      bound<MEMBER(ledger.directory_shards)>("ledger.directory_shards", whole_number{1, 4'096},
                                             "actors that find and start accounts"),
      bound<MEMBER(ledger.in_flight_per_processor)>(
          "ledger.in_flight_per_processor", whole_number{1, 1'000'000},
          "transfers at a time in each processor; more are refused"),
      bound<MEMBER(ledger.journal_queue)>("ledger.journal_queue", whole_number{1, 10'000'000},
                                          "entries that wait for a commit"),
      bound<MEMBER(ledger.batch_limit)>("ledger.batch_limit", whole_number{1, 100'000},
                                        "entries in one commit"),
      bound<MEMBER(ledger.resident_accounts)>(
          "ledger.resident_accounts", whole_number{1, 100'000'000},
          "accounts in memory before idle ones are put to rest"),
      bound<MEMBER(ledger.rest_after)>("ledger.rest_after_ms", whole_number{1, day_ms},
                                       "how long an account is idle before it may be put to rest"),
      bound<MEMBER(ledger.commit_timeout)>("ledger.commit_timeout_ms", whole_number{10, 600'000},
                                           "for a commit, before its outcome counts as unknown"),

      bound<MEMBER(background.job_workers)>("jobs.workers", whole_number{1, 256}, "jobs at a time"),
      bound<MEMBER(background.job_queue)>("jobs.queue", whole_number{1, 100'000},
                                          "jobs that wait; more are refused"),
      bound<MEMBER(background.job_limit)>("jobs.limit_ms", whole_number{1, day_ms}, "for one job"),
      bound<MEMBER(background.keep_jobs)>("jobs.keep_ms", whole_number{60'000, 3'650 * day_ms},
                                          "how long a job that has ended is kept"),
      bound<MEMBER(background.due_period)>(
          "due.period_ms", whole_number{100, day_ms},
          "between looks for transfers that are due; it wakes for those that it knows of"),
      bound<MEMBER(background.due_limit)>("due.limit_ms", whole_number{100, day_ms},
                                          "for a round of due transfers"),
      bound<MEMBER(background.due_transfer_limit)>("due.transfer_limit_ms",
                                                   whole_number{100, 600'000}, "for each of them"),
      bound<MEMBER(background.housekeeping_period)>("housekeeping.period_ms",
                                                    whole_number{1'000, 30 * day_ms},
                                                    "between rounds of deleting what is old"),
      bound<MEMBER(background.keep_keys)>(
          "housekeeping.keep_keys_ms", whole_number{day_ms, 3'650 * day_ms},
          "how long a request can be repeated with its idempotency key, at least"),

      bound<MEMBER(observe.enabled)>("metrics.enabled", on_or_off{},
                                     "the node counts what it does; without, it keeps no request "
                                     "log and no traces either, and tells nothing of itself"),
      bound<MEMBER(observe.public_metrics)>("metrics.public", on_or_off{},
                                            "/metrics is answered without a token"),
      bound<MEMBER(background.meter_period)>("metrics.money_ms", whole_number{1'000, day_ms},
                                             "between sums of all money in the books"),
      bound<MEMBER(observe.alarm_percent)>(
          "metrics.alarm_percent", whole_number{1, 100},
          "of a minute's requests, that fail before an alarm is raised"),
      bound<MEMBER(observe.request_log)>("request_log.enabled", on_or_off{},
                                         "requests and errors are written down in the store"),
      bound<MEMBER(observe.log_queue)>("request_log.queue", whole_number{1, 1'000'000},
                                       "rows that wait to be written; more are dropped"),
      bound<MEMBER(observe.log_linger)>("request_log.linger_ms", whole_number{0, 60'000},
                                        "how long rows gather before they are written"),
      bound<MEMBER(observe.log_budget_percent)>("request_log.budget_percent", whole_number{1, 100},
                                                "of the time, that may be spent on writing rows"),
      bound<MEMBER(observe.log_shutdown)>("request_log.shutdown_ms", whole_number{0, 600'000},
                                          "for the last rows, within a stop"),
      bound<MEMBER(background.keep_requests)>(
          "request_log.keep_ms", whole_number{60'000, 3'650 * day_ms}, "how long rows are kept"),
      judged(bound<MEMBER(observe.trace_endpoint)>(
                 "trace.endpoint", any_text{true},
                 "where spans go, as OTLP in JSON: http://HOST:4318/v1/traces; empty: nowhere"),
             &wrong_trace_endpoint),
      bound<MEMBER(observe.trace_per_mille)>("trace.per_mille", whole_number{0, 1'000},
                                             "of all new traces, that are kept"),
      bound<MEMBER(observe.trace_queue)>("trace.queue", whole_number{1, 1'000'000},
                                         "spans that wait to be exported; more are dropped"),

      bound<MEMBER(runtime.workers)>("runtime.workers", whole_number{0, 1'024},
                                     "threads that run actors; 0: one per core"),
      bound<MEMBER(runtime.throughput)>("runtime.throughput", whole_number{1, 1'000'000},
                                        "messages an actor handles before another has its turn"),
      bound<MEMBER(runtime.lanes[read_lane].threads)>("runtime.read_threads", whole_number{1, 256},
                                                      "threads that read from the store"),
  };
  return options;
}

#undef MEMBER

}  // namespace

std::span<const option> option_table() { return table(); }

const option* find_option(string_view path) noexcept {
  for (const option& o : option_table())
    if (o.path == path) return &o;
  return nullptr;
}

}  // namespace bank::node
