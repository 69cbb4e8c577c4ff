#include "driver/report.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "driver/text.hpp"

namespace bank::driver {

namespace {

std::string count(std::size_t n) { return grouped(static_cast<std::int64_t>(n)); }

std::string mark(bool good) { return good ? "  ok      " : "  BROKEN  "; }

std::string numbers(const run_report& r) {
  std::string text = "  " + count(r.counts.opened) + " of " + count(r.accounts) + " accounts, " +
                     count(r.counts.acknowledged) + " of " + count(r.transfers) + " transfers in " +
                     rounded(r.numbers.seconds, 2) +
                     " s: " + count(static_cast<std::size_t>(r.numbers.rate)) + " transfers/s\n";
  text += "  latency p50 " + rounded(r.numbers.p50_ms, 1) + " ms, p95 " +
          rounded(r.numbers.p95_ms, 1) + " ms, p99 " + rounded(r.numbers.p99_ms, 1) + " ms\n";
  return text + "  retries " + count(r.counts.retries) + ", answered before " +
         count(r.counts.replayed) + ", node restarts " + count(r.restarts) + "\n";
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

void append_judgement(json::object_writer& to, const std::vector<threshold_result>& thresholds,
                      const std::vector<finding>& findings) {
  to.list("thresholds", thresholds, [](json::object_writer& row, const threshold_result& t) {
    row.text("metric", t.wanted.metric);
    row.text("wanted", t.wanted.text);
    row.number("found", t.found);
    row.flag("met", t.met);
  });
  to.list("invariants", findings, [](json::object_writer& row, const finding& f) {
    row.text("name", f.name);
    row.flag("held", f.held);
    row.text("text", f.text);
    row.texts("examples", f.examples);
  });
}

void append_failure(json::object_writer& to, const maybe_problem& failure) {
  if (failure)
    to.text("failure", failure->text);
  else
    to.null("failure");
}

std::string to_json(const run_report& r) {
  std::string out;
  {
    json::object_writer all(out);
    all.text("scenario", r.scenario);
    all.number("seed", r.seed);
    all.text("currency", r.currency);
    all.number("exit_status", static_cast<int>(r.status()));
    append_failure(all, r.failure);
    all.number("accounts", r.accounts);
    all.number("accounts_opened", r.counts.opened);
    all.number("transfers", r.transfers);
    all.number("transfers_acknowledged", r.counts.acknowledged);
    all.number("seconds", r.numbers.seconds);
    all.number("transfers_per_second", r.numbers.rate);
    all.number("p50_ms", r.numbers.p50_ms);
    all.number("p95_ms", r.numbers.p95_ms);
    all.number("p99_ms", r.numbers.p99_ms);
    all.number("retries", r.counts.retries);
    all.number("replayed", r.counts.replayed);
    all.number("restarts", r.restarts);
    append_judgement(all, r.thresholds, r.findings);
  }
  return out + '\n';
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
