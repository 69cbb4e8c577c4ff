#include "bank/driver/scenario/format.hpp"

#include <boost/json/serialize.hpp>

#include "bank/driver/load/operation.hpp"
#include "bank/driver/scenario/scenario.hpp"
#include "lifeline/ledger/money.hpp"

namespace bank::driver {

namespace {

using list = std::vector<shape::member>;
constexpr auto max_minor = static_cast<double>(lifeline::ledger::max_minor);

shape duration(std::string about) { return shape::text_like(duration_format, std::move(about)); }
shape nothing(std::string about) { return shape::object_of({}, std::move(about)); }
shape count(double least, double most, std::string about) {
  return shape::whole(least, most, std::move(about));
}

shape node() {
  return shape::object_of(
      list{{"config", shape::any_text("a configuration file for the node that --spawn starts")},
           {"store", shape::choice({"sqlite", "postgres"}, "the store of that node")},
           {"postgres_url",
            shape::any_text("where its PostgreSQL is; else BANK_POSTGRES_URL says so")}},
      "the node that --spawn starts");
}

shape replay() {
  return shape::object_of(
             list{{"dir", shape::any_text("the books' folder")},
                  {"currency", shape::text_like(currency_format, "such as \"CZK\"")},
                  {"overdraft_limit", count(0, max_minor, "of every account, in minor units")},
                  {"connections", count(1, 10'000, "requests in flight at most")}},
             "replays recorded books instead of making load")
      .requiring({"dir", "currency"});
}

shape setup() {
  return shape::object_of(list{{"accounts", count(2, 1'000'000, "how many are opened")},
                               {"owners", count(1, 1'000'000, "among whom they are spread")},
                               {"currency", shape::text_like(currency_format, "of all accounts")},
                               {"initial_balance", count(0, max_minor, "of each, in minor units")},
                               {"overdraft_limit", count(0, max_minor, "of each, in minor units")}},
                          "what is there before the load begins");
}

shape arrival_rate() {
  const double most = 1'000'000;
  return shape::either_of(
      {shape::real(0.001, most, "requests a second"),
       shape::object_of(
           list{{"from", shape::real(0, most, "requests a second at first")},
                {"to", shape::real(0, most, "requests a second at last")},
                {"steps",
                 shape::list_of(shape::real(0.001, most, ""), 1,
                                "one rate after the other, each for its share of the time")},
                {"search",
                 shape::object_of(list{{"from", shape::real(1, most, "the first rate")},
                                       {"to", shape::real(1, most, "the highest that is tried")},
                                       {"each", duration("how long each rate is kept")}},
                                  "raises the rate until a threshold breaks, and closes in on the "
                                  "highest that keeps them")
                     .requiring({"from", "to", "each"})}},
           "a rate that changes")
           .requiring_one_of({"from", "steps", "search"})
           .where_needs("from", "to")
           .where_needs("to", "from")},
      "a rate, a ramp, steps or a search");
}

shape phases() {
  return shape::list_of(
      shape::object_of(
          list{{"name", shape::text_like(name_format, "what the report calls it")},
               {"closed", shape::object_of(
                              list{{"clients", count(1, 10'000, "each with one request in flight")},
                                   {"think_time", duration("of a client between two requests")}},
                              "clients that wait for their answers")
                              .requiring({"clients"})},
               {"arrival_rate", arrival_rate()},
               {"arrivals", shape::choice({"even", "poisson"}, "how they lie in time")},
               {"duration", duration("of the phase")},
               {"counted", shape::yes_or_no("whether it is measured; a \"warm-up\" is not")}},
          "")
          .requiring({"name", "duration"})
          .requiring_one_of({"closed", "arrival_rate"}),
      1, "what is sent, one phase after the other");
}

shape mix() {
  list all;
  for (const operation_name& op : operation_names)
    all.push_back({op.name, shape::real(0, 1'000'000, op.about)});
  return shape::object_of(std::move(all), "the weight of each operation");
}

shape accounts() {
  return shape::either_of(
      {shape::choice({"uniform"}, "every account alike"),
       shape::object_of(
           list{{"zipf", shape::real(0.01, 10, "the exponent: few accounts are asked for most")},
                {"hot",
                 shape::object_of(list{{"accounts", count(1, 1'000'000, "how many are hot")},
                                       {"share", shape::text_like(share_format, "of all choices")}},
                                  "a few accounts that have their share of all choices")
                     .requiring({"accounts", "share"})}},
           "")
           .requiring_one_of({"zipf", "hot"})},
      "\"uniform\", or an object with \"zipf\" or \"hot\"");
}

shape from_to(double most, std::string about) {
  return shape::object_of(
             list{{"from", count(1, most, "the least")}, {"to", count(1, most, "the most")}},
             std::move(about))
      .requiring({"from", "to"});
}

shape batch() {
  return shape::object_of(list{{"size", from_to(8190, "how many transfers it has")},
                               {"atomic", shape::yes_or_no("all or none")}},
                          "what a \"batch\" of the mix is like");
}

shape timing() {
  return shape::object_of(
      list{{"timeout", duration("what a client waits for an answer")},
           {"short_deadline", duration("of the mix's \"short_deadline\"")},
           {"hang_up_after", duration("of the mix's \"cancel_midway\"")},
           {"connections", count(1, 10'000, "of an open phase, at most")},
           {"late_after", duration("an arrival that could not be sent by then is missed")}},
      "how clients behave");
}

shape subscribers() {
  return shape::object_of(list{{"fast", count(0, 10'000, "read as fast as they can")},
                               {"slow", count(0, 10'000, "read a little now and then")},
                               {"stalled", count(0, 10'000, "subscribe and never read")}},
                          "who listens to the node's events");
}

shape store_fault() {
  return shape::object_of(list{{"down", duration("refuses and resets all connections for so long")},
                               {"black_hole", duration("lets nothing through for so long")},
                               {"latency", duration("of everything, in each direction")},
                               {"jitter", duration("up to so much more")},
                               {"trickle", count(1, 1e9, "bytes a second")},
                               {"cut_after", count(1, 1e12, "bytes of each connection")},
                               {"cut", nothing("resets all connections, once")},
                               {"for", duration("how long it lasts")}},
                          "faults of the proxy before PostgreSQL")
      .requiring_one_of({"down", "black_hole", "latency", "trickle", "cut_after", "cut"})
      .where_needs("latency", "for")
      .where_needs("trickle", "for")
      .where_needs("cut_after", "for")
      .where_needs("jitter", "latency");
}

shape faults() {
  return shape::list_of(
      shape::object_of(
          list{{"at", shape::any_text("\"hold+10s\"; of a replay the share that is done, \"40%\"")},
               {"every", duration("again and again until the phase ends")},
               {"kill_node", nothing("kill -9, and a new start on the same data and port")},
               {"stop_node", nothing("SIGTERM, its orderly end, and a new start")},
               {"store", store_fault()},
               {"stop_subscribers",
                shape::object_of(list{{"for", duration("how long they don't read")}}, "")
                    .requiring({"for"})}},
          "")
          .requiring({"at"})
          .requiring_one_of({"kill_node", "stop_node", "store", "stop_subscribers"}),
      0, "what breaks, and when");
}

shape thresholds() {
  list all;
  const auto add = [&](std::string name, const text_format& f, const char* about) {
    all.push_back({std::move(name), shape::text_like(f, about)});
  };
  for (const operation_name& op : operation_names)
    for (const char* percentile : {"p50", "p90", "p95", "p99", "p999", "max"})
      add(std::string(op.name) + "." + percentile, latency_bound_format, "its latency");
  for (const char* percentile : {"p50", "p90", "p95", "p99", "p999", "max"})
    add(std::string("event.") + percentile, latency_bound_format, "from a request to its event");
  add("transfers.rate", rate_bound_format, "transfers acknowledged");
  add("requests.rate", rate_bound_format, "answers, of whatever kind");
  add("errors", share_bound_format, "answers that are none, or a 5xx");
  add("arrival.missed", share_bound_format, "arrivals that were never sent");
  return shape::object_of(std::move(all), "what the measures must be");
}

shape invariants() {
  std::vector<std::string> names;
  for (const std::string_view name : invariant_names()) names.emplace_back(name);
  return shape::list_of(shape::choice(std::move(names), ""), 0, "what must hold, whatever happens");
}

shape make() {
  return shape::object_of(
             list{{"$schema", shape::any_text("for editors")},
                  {"name", shape::any_text("what the report calls it")},
                  {"about", shape::any_text("what it proves, in one line")},
                  {"seed", count(0, max_minor, "the same seed makes the same requests")},
                  {"node", node()},
                  {"setup", setup()},
                  {"phases", phases()},
                  {"mix", mix()},
                  {"accounts", accounts()},
                  {"amount", from_to(max_minor, "of a transfer, in minor units")},
                  {"batch", batch()},
                  {"timing", timing()},
                  {"subscribers", subscribers()},
                  {"faults", faults()},
                  {"thresholds", thresholds()},
                  {"invariants", invariants()},
                  {"replay", replay()}},
             "A scenario of bank-driver")
      .requiring_one_of({"phases", "replay"});
}

/// JSON over several lines, as a person would write it.
void write(const boost::json::value& v, std::string& out, const std::string& indent) {
  const auto* object = v.if_object();
  if (object == nullptr || object->empty()) {
    out += boost::json::serialize(v);
    return;
  }
  const std::string deeper = indent + "  ";
  out += "{";
  for (bool first = true; const auto& member : *object) {
    out += std::exchange(first, false) ? "\n" : ",\n";
    out += deeper + boost::json::serialize(member.key()) + ": ";
    write(member.value(), out, deeper);
  }
  out += "\n" + indent + "}";
}

}  // namespace

const shape& scenario_shape() {
  static const shape s = make();
  return s;
}

std::string scenario_schema() {
  boost::json::object schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                             {"title", "bank-driver scenario"}};
  const boost::json::object described = to_schema(scenario_shape());
  for (const auto& member : described) schema[member.key()] = member.value();
  std::string text;
  write(schema, text, "");
  return text + "\n";
}

}  // namespace bank::driver
