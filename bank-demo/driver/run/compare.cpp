#include "driver/run/compare.hpp"

#include <boost/json.hpp>
#include <cmath>
#include <map>

#include "driver/text.hpp"

namespace bank::driver {

namespace {

namespace json = boost::json;

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

double number_at(const json::object& o, std::string_view key) {
  const json::value* v = o.if_contains(key);
  return v != nullptr && v->is_number() ? v->to_number<double>() : 0;
}

void add_latencies(const std::string& name, const json::object& h, values& out) {
  if (number_at(h, "count") == 0) return;
  for (const char* p : {"p50", "p99", "p999"})
    out[name + "." + p] = {number_at(h, std::string(p) + "_ms"), false, least_latency};
}

values values_of(const json::object& report) {
  values all;
  const json::object& total = report.at("total").as_object();
  const double answers = number_at(total, "answers");
  const double intended = number_at(total, "intended");
  all["transfers.rate"] = {number_at(total, "transfers_per_second"), true, 1};
  all["requests.rate"] = {number_at(total, "requests_per_second"), true, 1};
  if (answers > 0) all["errors"] = {number_at(total, "errors") / answers, false, least_share};
  if (intended > 0)
    all["arrival.missed"] = {number_at(total, "missed") / intended, false, least_share};
  for (const auto& o : total.at("operations").as_object())
    add_latencies(std::string(o.key()), o.value().at("corrected").as_object(), all);
  add_latencies("event", total.at("event").as_object(), all);
  if (const json::value* search = report.if_contains("search"))
    all["highest.rate"] = {number_at(search->as_object(), "highest"), true, 1};
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

std::string described(const char* what, const json::object& report) {
  return std::string(what) + ": \"" + std::string(report.at("scenario").as_string()) + "\", seed " +
         json::serialize(report.at("seed")) + ", exit status " +
         json::serialize(report.at("exit_status")) + "\n";
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

result<json::object> parsed(std::string_view text, const char* which) {
  boost::system::error_code error;
  json::value v = json::parse(text, error);
  if (error || !v.is_object() || v.as_object().if_contains("total") == nullptr)
    return problem{std::string("the ") + which + " file is not the report.json of a load run"};
  return {boost::system::in_place_value, std::move(v.as_object())};
}

}  // namespace

result<std::string> compare_reports(std::string_view before, std::string_view after) {
  const auto b = parsed(before, "first");
  if (!b) return b.error();
  const auto a = parsed(after, "second");
  if (!a) return a.error();
  try {
    return {boost::system::in_place_value, described("before", *b) + described("after ", *a) +
                                               differences(values_of(*b), values_of(*a))};
  } catch (const std::exception& e) {
    return problem{std::string("a report has an unexpected form: ") + e.what()};
  }
}

}  // namespace bank::driver
