#include "driver/scenario/scenario.hpp"

#include <algorithm>

#include "bank/books/csv.hpp"
#include "driver/scenario/consistency.hpp"
#include "driver/scenario/format.hpp"
#include "driver/scenario/located_json.hpp"

namespace bank::driver {

namespace {

/// Reads the values of a document whose shape has been checked.
class scenario_reader {
 public:
  explicit scenario_reader(const std::filesystem::path& file) : folder_(file.parent_path()) {}

  scenario read(const located_value& v) {
    text(v, "name", out_.name);
    text(v, "about", out_.about);
    whole(v, "seed", out_.seed);
    with(v, "node", [&](const auto& n) { node(n); });
    with(v, "replay", [&](const auto& r) { replay(r); });
    with(v, "setup", [&](const auto& s) { setup(s); });
    with(v, "mix", [&](const auto& m) { mix(m); });
    with(v, "accounts", [&](const auto& a) { accounts(a); });
    with(v, "amount", [&](const auto& a) { range(a, out_.amount); });
    with(v, "batch", [&](const auto& b) { batch(b); });
    with(v, "timing", [&](const auto& t) { timing(t); });
    with(v, "subscribers", [&](const auto& s) { subscribers(s); });
    each(v, "phases", [&](const auto& p) { out_.phases.push_back(read_phase(p)); });
    each(v, "faults", [&](const auto& f) { read_fault(f); });
    with(v, "thresholds", [&](const auto& t) { thresholds(t); });
    each(v, "invariants", [&](const auto& i) { read_invariant(i); });
    return std::move(out_);
  }

 private:
  void node(const located_value& v) {
    std::string config;
    text(v, "config", config);
    if (!config.empty()) out_.node.config = beside(config);
    std::string store;
    text(v, "store", store);
    out_.node.on_postgres = store == "postgres";
    text(v, "postgres_url", out_.node.postgres_url);
  }

  void replay(const located_value& v) {
    replay_settings& r = out_.replay.emplace();
    std::string dir;
    text(v, "dir", dir);
    r.dir = beside(dir);
    std::string code;
    text(v, "currency", code);
    r.unit = *lifeline::ledger::currency::parse(code);
    whole(v, "overdraft_limit", r.overdraft_limit);
    whole(v, "connections", r.connections);
  }

  void setup(const located_value& v) {
    whole(v, "accounts", out_.setup.accounts);
    whole(v, "owners", out_.setup.owners);
    text(v, "currency", out_.setup.currency);
    whole(v, "initial_balance", out_.setup.initial_balance);
    whole(v, "overdraft_limit", out_.setup.overdraft_limit);
  }

  void mix(const located_value& v) {
    for (const auto& [key, weight] : *v.as_object())
      out_.mix.weight(*operation_called(key)) = number(weight);
  }

  void accounts(const located_value& v) {
    with(v, "zipf", [&](const auto& exponent) { out_.accounts.zipf = number(exponent); });
    with(v, "hot", [&](const auto& hot) {
      whole(hot, "accounts", out_.accounts.hot_accounts);
      out_.accounts.hot_share = *parse_share(*hot.find("share")->as_string());
    });
  }

  void range(const located_value& v, value_range& out) {
    whole(v, "from", out.from);
    whole(v, "to", out.to);
  }

  void batch(const located_value& v) {
    with(v, "size", [&](const auto& s) { range(s, out_.batch.size); });
    with(v, "atomic", [&](const auto& a) { out_.batch.atomic = std::get<bool>(a.value); });
  }

  void timing(const located_value& v) {
    time(v, "timeout", out_.timing.timeout);
    time(v, "short_deadline", out_.timing.short_deadline);
    time(v, "hang_up_after", out_.timing.hang_up_after);
    time(v, "late_after", out_.timing.late_after);
    whole(v, "connections", out_.timing.connections);
  }

  void subscribers(const located_value& v) {
    whole(v, "fast", out_.subscribers.fast);
    whole(v, "slow", out_.subscribers.slow);
    whole(v, "stalled", out_.subscribers.stalled);
  }

  phase read_phase(const located_value& v) {
    phase p;
    text(v, "name", p.name);
    time(v, "duration", p.length);
    p.counted = p.name != "warm-up";
    with(v, "counted", [&](const auto& c) { p.counted = std::get<bool>(c.value); });
    with(v, "closed", [&](const auto& c) {
      closed_load load;
      whole(c, "clients", load.clients);
      time(c, "think_time", load.think_time);
      p.load = load;
    });
    with(v, "arrival_rate", [&](const auto& rate) { arrivals(v, rate, p); });
    return p;
  }

  void arrivals(const located_value& v, const located_value& rate, phase& p) {
    if (const located_value* s = rate.find("search")) {
      rate_search search{number(*s->find("from")), number(*s->find("to")), {}};
      time(*s, "each", search.each);
      p.load = search;
      return;
    }
    arrival_profile profile;
    std::string order;
    text(v, "arrivals", order);
    profile.poisson = order == "poisson";
    if (rate.as_object() == nullptr) profile.pieces = {{number(rate), number(rate), p.length}};
    if (const located_value* from = rate.find("from"))
      profile.pieces = {{number(*from), number(*rate.find("to")), p.length}};
    if (const located_value* steps = rate.find("steps"))
      for (const located_value& step : *steps->as_array())
        profile.pieces.push_back({number(step), number(step),
                                  p.length / static_cast<std::int64_t>(steps->as_array()->size())});
    p.load = std::move(profile);
  }

  void read_fault(const located_value& v) {
    const std::string& at = *v.find("at")->as_string();
    if (out_.replay) {
      out_.kills.push_back({parse_share(at).value_or(0)});
      return;
    }
    const moment when = parse_moment(at).value_or(moment{});
    fault f{when.phase, when.after, {}, kill_node{}};
    with(v, "every", [&](const auto& d) { f.every = *parse_duration(*d.as_string()); });
    if (v.find("stop_node") != nullptr) f.what = stop_node{};
    with(v, "store", [&](const auto& s) { f.what = read_store_fault(s); });
    with(v, "stop_subscribers", [&](const auto& s) {
      stop_subscribers stop;
      time(s, "for", stop.length);
      f.what = stop;
    });
    out_.faults.push_back(std::move(f));
  }

  store_fault read_store_fault(const located_value& v) {
    using kind = store_fault::kind;
    store_fault f;
    if (v.find("black_hole") != nullptr) f.what = kind::black_hole;
    if (v.find("latency") != nullptr) f.what = kind::latency;
    if (v.find("trickle") != nullptr) f.what = kind::trickle;
    if (v.find("cut_after") != nullptr) f.what = kind::cut_after;
    if (v.find("cut") != nullptr) f.what = kind::cut;
    for (const char* key : {"down", "black_hole", "for"}) time(v, key, f.length);
    time(v, "latency", f.latency);
    time(v, "jitter", f.jitter);
    whole(v, "trickle", f.bytes);
    whole(v, "cut_after", f.bytes);
    return f;
  }

  void thresholds(const located_value& v) {
    for (const auto& [metric, value] : *v.as_object()) {
      const std::string& bound_text = *value.as_string();
      const bound_unit unit = bound_text.ends_with("/s")  ? bound_unit::per_second
                              : bound_text.ends_with('%') ? bound_unit::share
                                                          : bound_unit::milliseconds;
      const auto b = parse_bound(bound_text, unit);
      out_.thresholds.push_back({metric, b->below, b->value, bound_text});
    }
  }

  void read_invariant(const located_value& v) {
    const auto& names = invariant_names();
    const auto at = std::find(names.begin(), names.end(), *v.as_string()) - names.begin();
    out_.invariants.push_back(static_cast<invariant>(at));
  }

  // -- readers of single values: each leaves `out` unchanged if the key is missing
  // ------------------------

  template <class F>
  static void with(const located_value& v, std::string_view key, F f) {
    if (const located_value* inner = v.find(key)) f(*inner);
  }
  template <class F>
  static void each(const located_value& v, std::string_view key, F f) {
    if (const located_value* items = v.find(key))
      for (const located_value& item : *items->as_array()) f(item);
  }
  static void text(const located_value& v, std::string_view key, std::string& out) {
    with(v, key, [&](const auto& t) { out = *t.as_string(); });
  }
  template <class Integer>
  static void whole(const located_value& v, std::string_view key, Integer& out) {
    with(v, key, [&](const auto& i) { out = static_cast<Integer>(*i.as_integer()); });
  }
  template <class Duration>
  static void time(const located_value& v, std::string_view key, Duration& out) {
    with(v, key, [&](const auto& t) {
      out = std::chrono::duration_cast<Duration>(*parse_duration(*t.as_string()));
    });
  }
  static double number(const located_value& v) {
    const auto* i = v.as_integer();
    return i != nullptr ? static_cast<double>(*i) : std::get<double>(v.value);
  }
  std::filesystem::path beside(const std::string& path) const {
    return (folder_ / path).lexically_normal();
  }

  std::filesystem::path folder_;
  scenario out_;
};

}  // namespace

result<scenario> parse_scenario(std::string_view text, const std::filesystem::path& file) {
  const std::string name = file.string();
  const auto document = parse_located_json(text, name);
  if (!document) return document.error();
  if (auto wrong = check_shape(*document, scenario_shape(), name)) return *wrong;
  if (auto wrong = check_consistency(*document, name)) return *wrong;
  scenario s = scenario_reader(file).read(*document);
  if (s.name.empty()) s.name = file.stem().string();
  if (s.mix.empty()) s.mix.weight(operation::transfer) = 1;
  std::sort(s.kills.begin(), s.kills.end(),
            [](const kill_fault& a, const kill_fault& b) { return a.share < b.share; });
  return s;
}

result<scenario> read_scenario(const std::filesystem::path& file) {
  const auto text = books::read_file(file);
  if (!text) return problem{text.error().text()};
  return parse_scenario(*text, file);
}

}  // namespace bank::driver
