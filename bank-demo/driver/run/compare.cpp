#include "driver/run/compare.hpp"

#include <cmath>
#include <map>

#include "bank/json/document.hpp"
#include "driver/text.hpp"

namespace bank::driver {

namespace {

/// Usual difference between two runs of the same node; smaller ones are not marked.
constexpr double usual_difference = 0.10;
/// Smallest difference that is marked, of a latency in ms and of a share.
constexpr double least_latency = 0.2;
constexpr double least_share = 0.001;

struct value {
  double number = 0;
  bool more_is_better = false;
  double least = 0;  ///< smaller differences are not marked
};
using values = std::map<std::string, value>;

double number_at(const json::value& o, std::string_view key) {
  return o[key].as_number().value_or(0);
}

void add_latencies(const std::string& name, const json::value& h, values& out) {
  if (number_at(h, "count") == 0) return;
  for (const char* p : {"p50", "p99", "p999"})
    out[name + "." + p] = {number_at(h, std::string(p) + "_ms"), false, least_latency};
}

values values_of(const json::value& report) {
  values all;
  const json::value& total = report["total"];
  const double answers = number_at(total, "answers");
  const double intended = number_at(total, "intended");
  all["transfers.rate"] = {number_at(total, "transfers_per_second"), true, 1};
  all["requests.rate"] = {number_at(total, "requests_per_second"), true, 1};
  if (answers > 0) all["errors"] = {number_at(total, "errors") / answers, false, least_share};
  if (intended > 0)
    all["arrival.missed"] = {number_at(total, "missed") / intended, false, least_share};
  for (const json::value& o : total["operations"].children())
    add_latencies(std::string(o.key()), o["corrected"], all);
  add_latencies("event", total["event"], all);
  if (const json::value* search = report.find("search"))
    all["highest.rate"] = {number_at(*search, "highest"), true, 1};
  return all;
}

std::string mark(const value& before, const value& after) {
  const double difference = after.number - before.number;
  if (std::abs(difference) < before.least) return "";
  if (std::abs(difference) < usual_difference * std::abs(before.number)) return "";
  return (difference > 0) == before.more_is_better ? "better" : "WORSE";
}

std::string change(double before, double after) {
  if (before == 0) return after == 0 ? "" : "new";
  const double percent = (after / before - 1) * 100;
  return (percent >= 0 ? "+" : "") + rounded(percent, 1) + " %";
}

std::string described(const char* what, const json::value& report) {
  const auto shown = [&](std::string_view key) { return std::string(report[key].spelled()); };
  return std::string(what) + ": \"" + shown("scenario") + "\", seed " + shown("seed") +
         ", exit status " + shown("exit_status") + "\n";
}

std::string differences(const values& before, const values& after) {
  std::string text =
      padded("", 26) + right("before", 14) + right("after", 14) + right("change", 12) + "\n";
  for (const auto& [name, b] : before) {
    const auto a = after.find(name);
    if (a == after.end()) continue;
    text += padded(name, 26) + right(shown(name, b.number), 14) +
            right(shown(name, a->second.number), 14) +
            right(change(b.number, a->second.number), 12) + "  " + mark(b, a->second) + "\n";
  }
  return text;
}

maybe_problem check(const json::document& report, const char* which) {
  const json::value& total = report.root()["total"];
  if (report.is_sound() && total["operations"].is_object() && total["event"].is_object())
    return std::nullopt;
  return problem{std::string("the ") + which + " file is not the report.json of a load run"};
}

}  // namespace

result<std::string> compare_reports(std::string_view before, std::string_view after) {
  const json::document b(before);
  const json::document a(after);
  if (auto wrong = check(b, "first")) return *wrong;
  if (auto wrong = check(a, "second")) return *wrong;
  return {boost::system::in_place_value, described("before", b.root()) +
                                             described("after ", a.root()) +
                                             differences(values_of(b.root()), values_of(a.root()))};
}

}  // namespace bank::driver
