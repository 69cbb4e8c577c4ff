#include "bank/driver/scenario.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "bank/books/csv.hpp"
#include "bank/driver/located_json.hpp"

namespace bank::driver {

namespace {

using lifeline::ledger::max_minor;
using namespace std::string_view_literals;

/// Keys of scenarios that make load of their own; this driver replays recorded books only.
constexpr std::array load_keys{"setup"sv,    "phases"sv,      "mix"sv,
                               "accounts"sv, "subscribers"sv, "invariants"sv};
constexpr std::array metrics{"transfer.p50"sv, "transfer.p95"sv, "transfer.p99"sv,
                             "transfers.rate"sv};

bool is_rate(std::string_view metric) { return metric == "transfers.rate"; }

/// Reads values out of a document and keeps the first problem; after one, nothing counts any more.
class scenario_reader {
 public:
  explicit scenario_reader(const std::filesystem::path& file) : file_(file) {}

  result<scenario> read(const located_value& document) {
    const auto* members = object(document, "the file");
    if (members != nullptr)
      for (const auto& [key, value] : *members) read_top(key, value);
    if (!wrong_ && !has_replay_)
      fail(document.line, "there is nothing to do: a \"replay\" is missing");
    if (wrong_) return *wrong_;
    if (out_.name.empty()) out_.name = file_.stem().string();
    std::sort(out_.faults.begin(), out_.faults.end(),
              [](const kill_fault& a, const kill_fault& b) { return a.share < b.share; });
    return std::move(out_);
  }

 private:
  void read_top(const std::string& key, const located_value& v) {
    if (key == "name") return text(v, key, out_.name);
    if (key == "seed") return seed(v);
    if (key == "node") return node(v);
    if (key == "replay") return replay(v);
    if (key == "faults") return faults(v);
    if (key == "thresholds") return thresholds(v);
    if (std::find(load_keys.begin(), load_keys.end(), key) != load_keys.end())
      return fail(v.line, "\"" + key +
                              "\" asks for generated load, which this driver can't make: "
                              "it replays recorded books (\"replay\")");
    unknown(v.line, key, "name, seed, node, replay, faults, thresholds");
  }

  void seed(const located_value& v) {
    std::int64_t value = 0;
    integer(v, "seed", 0, max_minor, value);
    out_.seed = static_cast<std::uint64_t>(value);
  }

  void node(const located_value& v) {
    for (const auto& [key, value] : members_of(v, "node")) {
      if (key != "config") return unknown(value.line, "node." + key, "config");
      std::string file;
      text(value, "node.config", file);
      out_.node_config = beside(file);
    }
  }

  void replay(const located_value& v) {
    has_replay_ = true;
    for (const auto& [key, value] : members_of(v, "replay")) read_replay(key, value);
    if (wrong_) return;
    if (out_.replay.dir.empty()) return fail(v.line, "\"replay\" needs \"dir\", the books' folder");
    if (out_.replay.unit == lifeline::ledger::currency())
      fail(v.line, "\"replay\" needs \"currency\", such as \"CZK\"");
  }

  void read_replay(const std::string& key, const located_value& v) {
    if (key == "dir") return replay_dir(v);
    if (key == "currency") return replay_currency(v);
    if (key == "overdraft_limit")
      return integer(v, "replay.overdraft_limit", 0, max_minor, out_.replay.overdraft_limit);
    if (key == "connections") return replay_connections(v);
    unknown(v.line, "replay." + key, "dir, currency, overdraft_limit, connections");
  }

  void replay_dir(const located_value& v) {
    std::string dir;
    text(v, "replay.dir", dir);
    out_.replay.dir = beside(dir);
  }

  void replay_currency(const located_value& v) {
    std::string code;
    text(v, "replay.currency", code);
    const auto unit = lifeline::ledger::currency::parse(code);
    if (!unit)
      return fail(v.line, "\"replay.currency\" must be an ISO 4217 code such as \"CZK\", not \"" +
                              code + "\"");
    out_.replay.unit = *unit;
  }

  void replay_connections(const located_value& v) {
    std::int64_t n = 64;
    integer(v, "replay.connections", 1, 10'000, n);
    out_.replay.connections = static_cast<std::size_t>(n);
  }

  void faults(const located_value& v) {
    const auto* items = v.as_array();
    if (items == nullptr) return fail(v.line, "\"faults\" must be an array of objects");
    for (const located_value& item : *items) fault(item);
  }

  void fault(const located_value& v) {
    kill_fault kill;
    bool has_at = false;
    bool has_kill = false;
    for (const auto& [key, value] : members_of(v, "faults[]")) {
      if (key == "at") {
        has_at = true;
        fault_at(value, kill);
      } else if (key == "kill_node") {
        has_kill = true;
        for (const auto& [inner, where] : members_of(value, "faults[].kill_node"))
          return unknown(where.line, "faults[].kill_node." + inner, "nothing");
      } else if (key == "store") {
        return fail(value.line,
                    "\"faults[].store\" breaks the store under load, which this driver "
                    "can't do: a replay knows \"kill_node\" only");
      } else {
        return unknown(value.line, "faults[]." + key, "at, kill_node");
      }
    }
    if (!has_at || !has_kill)
      return fail(v.line, R"(a fault needs "at" and "kill_node": {"at":"40%","kill_node":{}})");
    out_.faults.push_back(kill);
  }

  void fault_at(const located_value& v, kill_fault& out) {
    std::string at;
    text(v, "faults[].at", at);
    const auto percent =
        at.ends_with('%') ? number(std::string_view(at).substr(0, at.size() - 1)) : std::nullopt;
    if (!percent || *percent <= 0 || *percent >= 100)
      return fail(v.line,
                  "\"faults[].at\" must be a share of the transactions such as \"40%\", "
                  "above 0% and below 100%, not \"" +
                      at + "\"");
    out.share = *percent / 100;
  }

  void thresholds(const located_value& v) {
    for (const auto& [metric, value] : members_of(v, "thresholds")) {
      if (std::find(metrics.begin(), metrics.end(), metric) == metrics.end())
        return unknown(value.line, "thresholds." + metric,
                       "transfer.p50, transfer.p95, transfer.p99, transfers.rate");
      read_threshold(metric, value);
    }
  }

  void read_threshold(const std::string& metric, const located_value& v) {
    threshold t{metric, true, 0, {}};
    text(v, "thresholds." + metric, t.text);
    const std::string_view unit = is_rate(metric) ? "/s" : "ms";
    std::string_view rest = t.text;
    const bool compares = rest.starts_with("< ") || rest.starts_with("> ");
    t.below = rest.starts_with('<');
    if (compares) rest.remove_prefix(2);
    const auto bound =
        compares && rest.ends_with(unit) ? number(rest.substr(0, rest.size() - 2)) : std::nullopt;
    if (!bound)
      return fail(v.line, "\"thresholds." + metric + "\" must be like \"" +
                              (is_rate(metric) ? "> 4000/s" : "< 50ms") + "\", not \"" + t.text +
                              "\"");
    t.bound = *bound;
    out_.thresholds.push_back(std::move(t));
  }

  // -- the small readers: each leaves `out` alone when something is wrong -------------------------

  const located_value::object* object(const located_value& v, const std::string& key) {
    if (v.as_object() == nullptr) fail(v.line, key + " must be an object");
    return v.as_object();
  }

  const located_value::object& members_of(const located_value& v, const std::string& key) {
    static const located_value::object none;
    const auto* members = object(v, "\"" + key + "\"");
    return members == nullptr ? none : *members;
  }

  void text(const located_value& v, const std::string& key, std::string& out) {
    const std::string* s = v.as_string();
    if (s == nullptr || s->empty()) return fail(v.line, "\"" + key + "\" must be a text");
    out = *s;
  }

  void integer(const located_value& v, const std::string& key, std::int64_t low, std::int64_t high,
               std::int64_t& out) {
    const std::int64_t* i = v.as_integer();
    if (i == nullptr || *i < low || *i > high)
      return fail(v.line, "\"" + key + "\" must be a whole number from " + std::to_string(low) +
                              " to " + std::to_string(high));
    out = *i;
  }

  static std::optional<double> number(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value >= 0 && value <= 1e15 ? std::optional(value) : std::nullopt;
  }

  std::filesystem::path beside(const std::string& path) const {
    return (file_.parent_path() / path).lexically_normal();
  }

  void unknown(std::size_t line, const std::string& key, std::string_view known) {
    fail(line, "\"" + key + "\" is not a key that I know; here may stand: " + std::string(known));
  }

  void fail(std::size_t line, const std::string& what) {
    if (!wrong_) wrong_ = problem{file_.string() + ":" + std::to_string(line) + ": " + what};
  }

  std::filesystem::path file_;
  scenario out_;
  maybe_problem wrong_;
  bool has_replay_ = false;
};

}  // namespace

result<scenario> parse_scenario(std::string_view text, const std::filesystem::path& file) {
  const auto document = parse_located_json(text, file.string());
  if (!document) return document.error();
  return scenario_reader(file).read(*document);
}

result<scenario> read_scenario(const std::filesystem::path& file) {
  const auto text = books::read_file(file);
  if (!text) return problem{text.error().text()};
  return parse_scenario(*text, file);
}

}  // namespace bank::driver
