#include "driver/scenario/scenario.hpp"

#include <algorithm>

#include "bank/books/csv.hpp"
#include "bank/json/document.hpp"
#include "driver/scenario/consistency.hpp"
#include "driver/scenario/format.hpp"
#include "driver/scenario/text_formats.hpp"

namespace bank::driver {

namespace {

/// Reads the values of a document whose shape has been checked.
class scenario_reader {
 public:
  explicit scenario_reader(const std::filesystem::path& file) : folder_(file.parent_path()) {}

  scenario read(const json::value& v) {
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
  void node(const json::value& v) {
    std::string config;
    text(v, "config", config);
    if (!config.empty()) out_.node.config = beside(config);
    std::string store;
    text(v, "store", store);
    out_.node.on_postgres = store == "postgres";
    text(v, "postgres_url", out_.node.postgres_url);
  }

  void replay(const json::value& v) {
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

  void setup(const json::value& v) {
    whole(v, "accounts", out_.setup.accounts);
    whole(v, "owners", out_.setup.owners);
    text(v, "currency", out_.setup.currency);
    whole(v, "initial_balance", out_.setup.initial_balance);
    whole(v, "overdraft_limit", out_.setup.overdraft_limit);
  }

  void mix(const json::value& v) {
    for (const json::value& weight : v.children())
      out_.mix.weight(*operation_called(weight.key())) = number(weight);
  }

  void accounts(const json::value& v) {
    with(v, "zipf", [&](const auto& exponent) { out_.accounts.zipf = number(exponent); });
    with(v, "hot", [&](const auto& hot) {
      whole(hot, "accounts", out_.accounts.hot_accounts);
      out_.accounts.hot_share = *parse_share(hot.find("share")->spelled());
    });
  }

  void range(const json::value& v, value_range& out) {
    whole(v, "from", out.from);
    whole(v, "to", out.to);
  }

  void batch(const json::value& v) {
    with(v, "size", [&](const auto& s) { range(s, out_.batch.size); });
    with(v, "atomic", [&](const auto& a) { out_.batch.atomic = *a.as_bool(); });
  }

  void timing(const json::value& v) {
    time(v, "timeout", out_.timing.timeout);
    time(v, "short_deadline", out_.timing.short_deadline);
    time(v, "hang_up_after", out_.timing.hang_up_after);
    time(v, "late_after", out_.timing.late_after);
    whole(v, "connections", out_.timing.connections);
  }

  void subscribers(const json::value& v) {
    whole(v, "fast", out_.subscribers.fast);
    whole(v, "slow", out_.subscribers.slow);
    whole(v, "stalled", out_.subscribers.stalled);
  }

  phase read_phase(const json::value& v) {
    phase p;
    text(v, "name", p.name);
    time(v, "duration", p.length);
    p.counted = p.name != "warm-up";
    with(v, "counted", [&](const auto& c) { p.counted = *c.as_bool(); });
    with(v, "closed", [&](const auto& c) {
      closed_load load;
      whole(c, "clients", load.clients);
      time(c, "think_time", load.think_time);
      p.load = load;
    });
    with(v, "arrival_rate", [&](const auto& rate) { arrivals(v, rate, p); });
    return p;
  }

  void arrivals(const json::value& v, const json::value& rate, phase& p) {
    if (const json::value* s = rate.find("search")) {
      rate_search search{number(*s->find("from")), number(*s->find("to")), {}};
      time(*s, "each", search.each);
      p.load = search;
      return;
    }
    arrival_profile profile;
    std::string order;
    text(v, "arrivals", order);
    profile.poisson = order == "poisson";
    if (!rate.is_object()) profile.pieces = {{number(rate), number(rate), p.length}};
    if (const json::value* from = rate.find("from"))
      profile.pieces = {{number(*from), number(*rate.find("to")), p.length}};
    if (const json::value* steps = rate.find("steps"))
      for (const json::value& step : steps->children())
        profile.pieces.push_back({number(step), number(step),
                                  p.length / static_cast<std::int64_t>(steps->children().size())});
    p.load = std::move(profile);
  }

  void read_fault(const json::value& v) {
    const std::string_view at = v.find("at")->spelled();
    if (out_.replay) {
      out_.kills.push_back({parse_share(at).value_or(0)});
      return;
    }
    const moment when = parse_moment(at).value_or(moment{});
    fault f{when.phase, when.after, {}, kill_node{}};
    with(v, "every", [&](const auto& d) { f.every = *parse_duration(d.spelled()); });
    if (v.find("stop_node") != nullptr) f.what = stop_node{};
    with(v, "store", [&](const auto& s) { f.what = read_store_fault(s); });
    with(v, "stop_subscribers", [&](const auto& s) {
      stop_subscribers stop;
      time(s, "for", stop.length);
      f.what = stop;
    });
    out_.faults.push_back(std::move(f));
  }

  store_fault read_store_fault(const json::value& v) {
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

  void thresholds(const json::value& v) {
    for (const json::value& limit : v.children()) {
      const std::string bound_text(limit.spelled());
      const bound_unit unit = bound_text.ends_with("/s")  ? bound_unit::per_second
                              : bound_text.ends_with('%') ? bound_unit::share
                                                          : bound_unit::milliseconds;
      const auto b = parse_bound(bound_text, unit);
      out_.thresholds.push_back({std::string(limit.key()), b->below, b->value, bound_text});
    }
  }

  void read_invariant(const json::value& v) {
    const auto& names = invariant_names();
    const auto at = std::find(names.begin(), names.end(), v.spelled()) - names.begin();
    out_.invariants.push_back(static_cast<invariant>(at));
  }

  // -- readers of single values: each leaves `out` unchanged if the key is missing
  // ------------------------

  template <class F>
  static void with(const json::value& v, std::string_view key, F f) {
    if (const json::value* inner = v.find(key)) f(*inner);
  }
  template <class F>
  static void each(const json::value& v, std::string_view key, F f) {
    if (const json::value* items = v.find(key))
      for (const json::value& item : items->children()) f(item);
  }
  static void text(const json::value& v, std::string_view key, std::string& out) {
    with(v, key, [&](const auto& t) { out = t.spelled(); });
  }
  template <class Integer>
  static void whole(const json::value& v, std::string_view key, Integer& out) {
    with(v, key, [&](const auto& i) { out = static_cast<Integer>(*i.as_integer()); });
  }
  template <class Duration>
  static void time(const json::value& v, std::string_view key, Duration& out) {
    with(v, key, [&](const auto& t) {
      out = std::chrono::duration_cast<Duration>(*parse_duration(t.spelled()));
    });
  }
  static double number(const json::value& v) { return *v.as_number(); }
  std::filesystem::path beside(const std::string& path) const {
    return (folder_ / path).lexically_normal();
  }

  std::filesystem::path folder_;
  scenario out_;
};

maybe_problem check_syntax(const json::document& document, const std::string& file) {
  if (!document.repeated().empty()) {
    const auto [again, first] = document.repeated().front();
    return problem{file + ":" + std::to_string(again->line()) + ": \"" + std::string(again->key()) +
                   "\": duplicate key, first on line " + std::to_string(first->line())};
  }
  const auto& e = document.error();
  if (!e) return std::nullopt;
  // A text that ends too early lacks something on a further line.
  const std::size_t line = e->column == 0 ? e->line + 1 : e->line;
  return problem{file + ":" + std::to_string(line) + ": not valid JSON: " + e->why.message()};
}

problem problem_of(const json::violation& v, const std::string& file) {
  using kind = json::violation::kind;
  std::string text = file + ":" + std::to_string(v.where->line()) + ": " +
                     (v.path.empty() ? "the file" : "\"" + v.path + "\"");
  switch (v.what) {
    case kind::value: text += " " + v.rule; break;
    case kind::unknown: text += ": unknown key; allowed: " + v.rule; break;
    case kind::missing:
      text += " needs \"" + v.rule + "\"" + (v.about.empty() ? "" : ": " + v.about);
      break;
  }
  return {std::move(text)};
}

}  // namespace

result<scenario> parse_scenario(std::string_view text, const std::filesystem::path& file) {
  const std::string name = file.string();
  const json::document document(text, json::document::comments::allowed);
  if (auto wrong = check_syntax(document, name)) return *wrong;
  if (const auto wrong = json::check(document.root(), scenario_shape()))
    return problem_of(*wrong, name);
  if (auto wrong = check_consistency(document.root(), name)) return *wrong;
  scenario s = scenario_reader(file).read(document.root());
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
