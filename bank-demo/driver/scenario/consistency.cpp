#include "driver/scenario/consistency.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "driver/scenario/text_formats.hpp"

namespace bank::driver {

namespace {

using namespace std::string_view_literals;

/// Keys of load scenarios, which a replay does not use.
constexpr std::array load_keys{"setup"sv, "phases"sv, "mix"sv,         "accounts"sv,  "amount"sv,
                               "batch"sv, "timing"sv, "subscribers"sv, "invariants"sv};
constexpr std::array replay_metrics{"transfer.p50"sv, "transfer.p95"sv, "transfer.p99"sv,
                                    "transfers.rate"sv};

class consistency_check {
 public:
  consistency_check(const json::value& document, const std::string& file)
      : document_(document), file_(file) {}

  maybe_problem run() {
    if (document_.find("replay") != nullptr)
      check_replay();
    else
      check_load();
    return std::move(wrong_);
  }

 private:
  void check_replay() {
    for (const std::string_view key : load_keys)
      if (const json::value* v = document_.find(key))
        fail(*v, "\"" + std::string(key) +
                     "\" is for load only, but this scenario replays books: remove it");
    each("faults", [&](const json::value& f) {
      if (f.find("kill_node") == nullptr || f.find("every") != nullptr)
        fail(f, "the only fault allowed in a replay is {\"at\":\"40%\",\"kill_node\":{}}");
      const std::string at(f.find("at")->spelled());
      const auto share = parse_share(at);
      if (!share || *share <= 0 || *share >= 1)
        fail(*f.find("at"),
             "\"faults[].at\" must be a share of the transactions such as \"40%\", above 0% and "
             "below 100%, not \"" +
                 at + "\"");
    });
    members("thresholds", [&](const std::string& metric, const json::value& v) {
      if (std::find(replay_metrics.begin(), replay_metrics.end(), metric) == replay_metrics.end())
        fail(v, "\"thresholds." + metric +
                    "\" is not measured in a replay; allowed: transfer.p50, transfer.p95, "
                    "transfer.p99, transfers.rate");
    });
  }

  void check_load() {
    each("phases", [&](const json::value& p) { phase(p); });
    each("faults", [&](const json::value& f) { fault(f); });
    ordered("amount");
    if (const json::value* b = document_.find("batch"))
      if (const json::value* size = b->find("size")) ordered(*size, "batch.size");
    mix();
    hot_set();
    events();
    members("thresholds",
            [&](const std::string& metric, const json::value& v) { threshold(metric, v); });
  }

  void phase(const json::value& p) {
    const json::value& name = *p.find("name");
    const std::string text(name.spelled());
    const auto length = *parse_duration(p.find("duration")->spelled());
    if (length.count() == 0) fail(*p.find("duration"), "\"phases[].duration\" must be above 0s");
    if (!phases_.emplace(text, length).second)
      fail(name, "two phases have the name \"" + text + "\"; names must be different");
    if (p.find("closed") != nullptr && p.find("arrivals") != nullptr)
      fail(*p.find("arrivals"),
           "\"phases[].arrivals\" is for phases with \"arrival_rate\", but this phase is closed");
  }

  void fault(const json::value& f) {
    const json::value& at = *f.find("at");
    const auto when = parse_moment(at.spelled());
    if (!when)
      return fail(at, "\"faults[].at\" " + std::string(moment_format.must) + ", not \"" +
                          std::string(at.spelled()) + "\"");
    const auto phase = phases_.find(when->phase);
    if (phase == phases_.end())
      return fail(at, "\"faults[].at\" names the unknown phase \"" + when->phase + "\"");
    if (when->after >= phase->second)
      fail(at, "\"faults[].at\" is after the end of the phase \"" + when->phase + "\"");
    if (const json::value* every = f.find("every"))
      if (parse_duration(every->spelled())->count() == 0)
        fail(*every, "\"faults[].every\" must be above 0s");
    if (const json::value* store = f.find("store")) store_fault(*store);
    if (const json::value* s = f.find("stop_subscribers"); s != nullptr && subscribers() == 0)
      fail(*s, "\"faults[].stop_subscribers\" needs \"subscribers\", such as {\"fast\":1}");
  }

  void store_fault(const json::value& store) {
    const json::value* node = document_.find("node");
    const json::value* kind = node == nullptr ? nullptr : node->find("store");
    if (kind == nullptr || kind->spelled() != "postgres")
      fail(store,
           "\"faults[].store\" needs PostgreSQL behind the driver's proxy: set "
           "\"node\":{\"store\":\"postgres\"}");
    for (const char* key : {"down", "black_hole", "cut"})
      if (store.find(key) != nullptr && store.find("for") != nullptr)
        fail(*store.find("for"),
             std::string("\"faults[].store.for\" is not allowed with \"") + key + "\"");
  }

  void mix() {
    const json::value* mix = document_.find("mix");
    if (mix == nullptr) return;
    double sum = 0;
    for (const json::value& weight : mix->children()) sum += number(weight);
    if (sum <= 0) fail(*mix, "\"mix\" needs an operation with a weight above 0");
  }

  void hot_set() {
    const json::value* accounts = document_.find("accounts");
    const json::value* hot = accounts == nullptr ? nullptr : accounts->find("hot");
    if (hot == nullptr) return;
    const auto count = *hot->find("accounts")->as_integer();
    if (count > static_cast<std::int64_t>(account_count()))
      fail(*hot, "\"accounts.hot.accounts\" must be at most the number of accounts, " +
                     std::to_string(account_count()));
  }

  void events() {
    each("invariants", [&](const json::value& i) {
      if (i.spelled() == "events_complete" && fast_subscribers() == 0)
        fail(i,
             "\"events_complete\" needs a fast subscriber: set "
             "\"subscribers\":{\"fast\":1}");
    });
  }

  void threshold(const std::string& metric, const json::value& v) {
    if (metric.starts_with("event.") && fast_subscribers() == 0)
      return fail(v, "\"thresholds." + metric +
                         "\" needs a fast subscriber: set "
                         "\"subscribers\":{\"fast\":1}");
    const std::string_view op = std::string_view(metric).substr(0, metric.find('.'));
    const bool is_operation = metric.find(".p") != std::string::npos || metric.ends_with(".max");
    if (!is_operation || op == "event") return;
    const json::value* mix = document_.find("mix");
    const json::value* weight = mix == nullptr ? nullptr : mix->find(op);
    if (mix == nullptr ? op != "transfer" : weight == nullptr || number(*weight) <= 0)
      fail(v, "\"thresholds." + metric + "\" is never measured: add \"" + std::string(op) +
                  "\" to \"mix\"");
  }

  void ordered(std::string_view key) {
    if (const json::value* v = document_.find(key)) ordered(*v, std::string(key));
  }
  void ordered(const json::value& v, const std::string& key) {
    if (*v.find("from")->as_integer() > *v.find("to")->as_integer())
      fail(v, "\"" + key + ".from\" must not be above \"" + key + ".to\"");
  }

  std::size_t account_count() const { return whole("setup", "accounts", 100); }
  std::size_t fast_subscribers() const { return whole("subscribers", "fast", 0); }
  std::size_t subscribers() const {
    return fast_subscribers() + whole("subscribers", "slow", 0) +
           whole("subscribers", "stalled", 0);
  }

  std::size_t whole(std::string_view outer, std::string_view inner, std::size_t if_missing) const {
    const json::value* o = document_.find(outer);
    const json::value* i = o == nullptr ? nullptr : o->find(inner);
    return i == nullptr ? if_missing : static_cast<std::size_t>(*i->as_integer());
  }
  static double number(const json::value& v) { return *v.as_number(); }

  template <class F>
  void each(std::string_view key, F f) {
    if (const json::value* items = document_.find(key))
      for (const json::value& item : items->children()) f(item);
  }
  template <class F>
  void members(std::string_view key, F f) {
    if (const json::value* o = document_.find(key))
      for (const json::value& m : o->children()) f(std::string(m.key()), m);
  }

  void fail(const json::value& at, const std::string& what) {
    if (!wrong_) wrong_ = problem{file_ + ":" + std::to_string(at.line()) + ": " + what};
  }

  const json::value& document_;
  const std::string& file_;
  std::map<std::string, std::chrono::nanoseconds, std::less<>> phases_;
  maybe_problem wrong_;
};

}  // namespace

maybe_problem check_consistency(const json::value& document, const std::string& file) {
  return consistency_check(document, file).run();
}

}  // namespace bank::driver
