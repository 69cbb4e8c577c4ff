#include "driver/report.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "driver/text.hpp"

namespace bank::driver {

namespace {

namespace json = boost::json;

std::string count(std::size_t n) { return grouped(static_cast<std::int64_t>(n)); }

std::string mark(bool good) { return good ? "  ok      " : "  BROKEN  "; }

std::string numbers(const run_report& r) {
  std::string text = "  " + count(r.counts.accounts()) + " of " + count(r.accounts) +
                     " accounts, " + count(r.counts.transfers()) + " of " + count(r.transfers) +
                     " transfers in " + rounded(r.numbers.seconds, 2) +
                     " s: " + count(static_cast<std::size_t>(r.numbers.rate)) + " transfers/s\n";
  text += "  latency p50 " + rounded(r.numbers.p50_ms, 1) + " ms, p95 " +
          rounded(r.numbers.p95_ms, 1) + " ms, p99 " + rounded(r.numbers.p99_ms, 1) + " ms\n";
  return text + "  retries " + count(r.counts.retries) + ", answered before " +
         count(r.counts.transfers_found) + ", node restarts " + count(r.restarts) + "\n";
}

std::string findings(const run_report& r) {
  std::string text;
  for (const finding& f : r.findings) {
    text += mark(f.held) + f.name + ": " + f.text + "\n";
    for (const std::string& example : f.examples) text += "            " + example + "\n";
  }
  for (const threshold_result& t : r.thresholds)
    text += (t.met ? "  ok      " : "  MISSED  ") + t.wanted.metric + " " + t.wanted.text +
            ": found " + rounded(t.found, 1) + "\n";
  return text;
}

std::string verdict(const run_report& r) {
  switch (r.status()) {
    case exit_status::all_met: return "verdict: all met\n";
    case exit_status::threshold_missed: return "verdict: a threshold was missed\n";
    case exit_status::invariant_broken: return "verdict: AN INVARIANT IS BROKEN\n";
    case exit_status::run_failed: break;
  }
  return "verdict: the run failed: " + r.failure->text + "\n";
}

json::array findings_json(const run_report& r) {
  json::array all;
  for (const finding& f : r.findings)
    all.push_back(json::object{{"name", f.name},
                               {"held", f.held},
                               {"text", f.text},
                               {"examples", json::array(f.examples.begin(), f.examples.end())}});
  return all;
}

json::array thresholds_json(const run_report& r) {
  json::array all;
  for (const threshold_result& t : r.thresholds)
    all.push_back(json::object{{"metric", t.wanted.metric},
                               {"wanted", t.wanted.text},
                               {"found", t.found},
                               {"met", t.met}});
  return all;
}

}  // namespace

exit_status run_report::status() const noexcept {
  if (failure) return exit_status::run_failed;
  for (const finding& f : findings)
    if (!f.held) return exit_status::invariant_broken;
  for (const threshold_result& t : thresholds)
    if (!t.met) return exit_status::threshold_missed;
  return exit_status::all_met;
}

std::string summary(const run_report& r) {
  return "replay \"" + r.scenario + "\" (" + r.currency + ")\n" + numbers(r) + findings(r) +
         verdict(r);
}

std::string to_json(const run_report& r) {
  json::object all{{"scenario", r.scenario},
                   {"seed", r.seed},
                   {"currency", r.currency},
                   {"exit_status", static_cast<int>(r.status())},
                   {"failure", r.failure ? json::value(r.failure->text) : json::value(nullptr)},
                   {"accounts", r.accounts},
                   {"accounts_opened", r.counts.accounts()},
                   {"transfers", r.transfers},
                   {"transfers_acknowledged", r.counts.transfers()},
                   {"seconds", r.numbers.seconds},
                   {"transfers_per_second", r.numbers.rate},
                   {"p50_ms", r.numbers.p50_ms},
                   {"p95_ms", r.numbers.p95_ms},
                   {"p99_ms", r.numbers.p99_ms},
                   {"retries", r.counts.retries},
                   {"replayed", r.counts.transfers_found},
                   {"restarts", r.restarts}};
  all["thresholds"] = thresholds_json(r);
  all["invariants"] = findings_json(r);
  return json::serialize(all) + "\n";
}

maybe_problem write_report(const std::filesystem::path& dir, const run_report& r) {
  std::error_code error;
  std::filesystem::create_directories(dir, error);
  const std::filesystem::path file = dir / "report.json";
  std::ofstream out(file);
  out << to_json(r);
  out.close();
  if (out) return std::nullopt;
  return problem{file.string() + " can't be written: " + std::strerror(errno)};
}

}  // namespace bank::driver
