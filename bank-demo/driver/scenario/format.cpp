#include "driver/scenario/format.hpp"

#include "driver/load/operation.hpp"
#include "driver/scenario/scenario.hpp"
#include "driver/scenario/text_formats.hpp"
#include "lifeline/ledger/values/money.hpp"

namespace bank::driver {

namespace {

using json::shape;
using json::text_format;
using list = std::vector<shape::member>;
constexpr auto max_minor = static_cast<double>(lifeline::ledger::max_minor);

shape duration(std::string about) { return shape::text_like(duration_format, std::move(about)); }
shape nothing(std::string about) { return shape::object_of({}, std::move(about)); }
shape count(double least, double most, std::string about) {
  return shape::whole(least, most, std::move(about));
}

shape node() {
  return shape::object_of(
      list{{"config", shape::any_text(
                          "configuration file of the node, relative to this file (default: none)")},
           {"store", shape::choice({"sqlite", "postgres"}, "store of the node (default sqlite)")},
           {"postgres_url",
            shape::any_text("PostgreSQL connection URL of the node (default: BANK_POSTGRES_URL)")}},
      "node that --spawn starts");
}

shape replay() {
  return shape::object_of(
             list{{"dir", shape::any_text("folder with the recorded books, relative to this file")},
                  {"currency", shape::text_like(currency_format,
                                                "ISO 4217 currency of the books, such as \"CZK\"")},
                  {"overdraft_limit",
                   count(0, max_minor, "overdraft limit per account in minor units (default 0)")},
                  {"connections", count(1, 10'000, "most requests in flight (default 64)")}},
             "recorded books to replay instead of a load")
      .requiring({"dir", "currency"});
}

shape setup() {
  return shape::object_of(
      list{{"accounts", count(2, 1'000'000, "number of accounts (default 100)")},
           {"owners", count(1, 1'000'000, "number of owners that share the accounts (default 10)")},
           {"currency",
            shape::text_like(currency_format, "ISO 4217 currency of all accounts (default USD)")},
           {"initial_balance",
            count(0, max_minor, "initial balance per account in minor units (default 100000)")},
           {"overdraft_limit",
            count(0, max_minor, "overdraft limit per account in minor units (default 0)")}},
      "accounts opened before the load starts");
}

shape arrival_rate() {
  const double most = 1'000'000;
  return shape::either_of(
      {shape::real(0.001, most, "requests per second"),
       shape::object_of(
           list{{"from", shape::real(0, most, "requests per second at the start of a ramp")},
                {"to", shape::real(0, most, "requests per second at the end of a ramp")},
                {"steps", shape::list_of(
                              shape::real(0.001, most, ""), 1,
                              "rates in requests per second, each for an equal part of the phase")},
                {"search",
                 shape::object_of(
                     list{{"from", shape::real(1, most, "first rate in requests per second")},
                          {"to",
                           shape::real(1, most, "highest rate to try, in requests per second")},
                          {"each", duration("duration of each try")}},
                     "search for the highest rate that meets all thresholds")
                     .requiring({"from", "to", "each"})}},
           "changing rate")
           .requiring_one_of({"from", "steps", "search"})
           .where_needs("from", "to")
           .where_needs("to", "from")},
      "a rate, or an object with \"from\" and \"to\", \"steps\" or \"search\"");
}

shape phases() {
  return shape::list_of(
      shape::object_of(
          list{{"name", shape::text_like(name_format, "name in the report and in faults")},
               {"closed",
                shape::object_of(
                    list{{"clients",
                          count(1, 10'000, "concurrent clients, each with one request in flight")},
                         {"think_time",
                          duration("pause of a client between two requests (default 0s)")}},
                    "closed load: each client waits for its answer before the next request")
                    .requiring({"clients"})},
               {"arrival_rate", arrival_rate()},
               {"arrivals",
                shape::choice({"even", "poisson"}, "spacing of arrivals (default even)")},
               {"duration", duration("duration of the phase")},
               {"counted", shape::yes_or_no("whether the phase counts for thresholds (default "
                                            "true; false for a phase \"warm-up\")")}},
          "")
          .requiring({"name", "duration"})
          .requiring_one_of({"closed", "arrival_rate"}),
      1, "phases of the load, run one after another");
}

shape mix() {
  list all;
  for (const operation_name& op : operation_names)
    all.push_back({op.name, shape::real(0, 1'000'000, op.about)});
  return shape::object_of(std::move(all), "weights of the operations (default: transfers only)");
}

shape accounts() {
  return shape::either_of(
      {shape::choice({"uniform"}, "all accounts equally likely (default)"),
       shape::object_of(
           list{{"zipf",
                 shape::real(0.01, 10, "Zipf exponent: the k-th account has the weight k^-zipf")},
                {"hot", shape::object_of(
                            list{{"accounts", count(1, 1'000'000, "number of hot accounts")},
                                 {"share", shape::text_like(
                                               share_format,
                                               "share of all choices that go to hot accounts")}},
                            "a few accounts with a large share of all choices")
                            .requiring({"accounts", "share"})}},
           "")
           .requiring_one_of({"zipf", "hot"})},
      "\"uniform\", or an object with \"zipf\" or \"hot\"");
}

shape from_to(double most, std::string about) {
  return shape::object_of(list{{"from", count(1, most, "smallest value")},
                               {"to", count(1, most, "largest value")}},
                          std::move(about))
      .requiring({"from", "to"});
}

shape batch() {
  return shape::object_of(
      list{{"size", from_to(8190, "transfers per batch (default 100)")},
           {"atomic", shape::yes_or_no("all transfers of a batch or none (default false)")}},
      "form of the operation \"batch\"");
}

shape timing() {
  return shape::object_of(
      list{{"timeout", duration("time a client waits for an answer (default 15s)")},
           {"short_deadline",
            duration("deadline of the operation \"short_deadline\" (default 5ms)")},
           {"hang_up_after",
            duration("time before the operation \"cancel_midway\" disconnects (default 2ms)")},
           {"connections", count(1, 10'000, "most connections of an open phase (default 512)")},
           {"late_after",
            duration(
                "delay after which an arrival that was not sent counts as missed (default 1s)")}},
      "behaviour of the clients");
}

shape subscribers() {
  return shape::object_of(
      list{{"fast", count(0, 10'000, "subscribers that read at once")},
           {"slow", count(0, 10'000, "subscribers that read 2 KiB every 50 ms")},
           {"stalled", count(0, 10'000, "subscribers that never read")}},
      "subscribers to the node's events, by number (default 0 each)");
}

shape store_fault() {
  return shape::object_of(
             list{{"down", duration("time during which all connections are reset and refused")},
                  {"black_hole", duration("time during which no bytes get through")},
                  {"latency", duration("delay of all bytes in each direction, needs \"for\"")},
                  {"jitter", duration("random extra delay, at most; needs \"latency\"")},
                  {"trickle", count(1, 1e9, "bandwidth in bytes per second, needs \"for\"")},
                  {"cut_after",
                   count(1, 1e12, "bytes after which each connection is reset, needs \"for\"")},
                  {"cut", nothing("one reset of all connections")},
                  {"for", duration("duration of the fault")}},
             "faults of the proxy in front of PostgreSQL")
      .requiring_one_of({"down", "black_hole", "latency", "trickle", "cut_after", "cut"})
      .where_needs("latency", "for")
      .where_needs("trickle", "for")
      .where_needs("cut_after", "for")
      .where_needs("jitter", "latency");
}

shape faults() {
  return shape::list_of(
      shape::object_of(
          list{{"at", shape::any_text("phase and delay, \"hold+10s\"; in a replay the share of "
                                      "acknowledged transfers, \"40%\"")},
               {"every", duration("interval of repetition until the phase ends (default: once)")},
               {"kill_node",
                nothing("kill -9 of the node, then a restart on the same data and port")},
               {"stop_node", nothing("SIGTERM to the node, then a restart after its clean stop")},
               {"store", store_fault()},
               {"stop_subscribers",
                shape::object_of(list{{"for", duration("time during which no subscriber reads")}},
                                 "")
                    .requiring({"for"})}},
          "")
          .requiring({"at"})
          .requiring_one_of({"kill_node", "stop_node", "store", "stop_subscribers"}),
      0, "faults and their times");
}

shape thresholds() {
  list all;
  const auto add = [&](std::string name, const text_format& f, const char* about) {
    all.push_back({std::move(name), shape::text_like(f, about)});
  };
  for (const operation_name& op : operation_names)
    for (const char* percentile : {"p50", "p90", "p95", "p99", "p999", "max"})
      add(std::string(op.name) + "." + percentile, latency_bound_format,
          "latency of the operation");
  for (const char* percentile : {"p50", "p90", "p95", "p99", "p999", "max"})
    add(std::string("event.") + percentile, latency_bound_format,
        "time from a request to its event");
  add("transfers.rate", rate_bound_format, "acknowledged transfers per second");
  add("requests.rate", rate_bound_format, "answers of any kind per second");
  add("errors", share_bound_format, "share of requests with no answer or a 5xx");
  add("arrival.missed", share_bound_format, "share of arrivals that were not sent in time");
  return shape::object_of(std::move(all), "limits for measured values");
}

shape invariants() {
  std::vector<std::string> names;
  for (const std::string_view name : invariant_names()) names.emplace_back(name);
  return shape::list_of(shape::choice(std::move(names), ""), 0,
                        "invariants that must hold (default: none are judged)");
}

shape make() {
  return shape::object_of(
             list{{"$schema",
                   shape::any_text("JSON Schema of this file, for editors; ignored by the driver")},
                  {"name", shape::any_text("name in the report")},
                  {"about", shape::any_text("purpose of the scenario, one line; printed by "
                                            "bank-driver list and in the report")},
                  {"seed", count(0, max_minor,
                                 "seed of all random choices (default 1); the same seed makes the "
                                 "same requests")},
                  {"node", node()},
                  {"setup", setup()},
                  {"phases", phases()},
                  {"mix", mix()},
                  {"accounts", accounts()},
                  {"amount",
                   from_to(max_minor, "amount of a transfer in minor units (default 1 to 1000)")},
                  {"batch", batch()},
                  {"timing", timing()},
                  {"subscribers", subscribers()},
                  {"faults", faults()},
                  {"thresholds", thresholds()},
                  {"invariants", invariants()},
                  {"replay", replay()}},
             "scenario of bank-driver")
      .requiring_one_of({"phases", "replay"});
}

}  // namespace

const shape& scenario_shape() {
  static const shape s = make();
  return s;
}

std::string scenario_schema() {
  std::string text;
  {
    json::object_writer schema(text, 2);
    schema.text("$schema", "https://json-schema.org/draft/2020-12/schema");
    schema.text("title", "bank-driver scenario");
    append_schema(schema, scenario_shape());
  }
  return text + '\n';
}

}  // namespace bank::driver
