#include "driver/report.hpp"

#include <boost/json.hpp>

#include "driver/text.hpp"

namespace bank::driver {

namespace {

std::string numbers(const run_report& r) {
  const measures& m = r.numbers;
  std::string text = "  " + grouped(r.counts.accounts()) + " of " + grouped(r.accounts) +
                     " accounts, " + grouped(r.counts.transfers()) + " of " + grouped(r.transfers) +
                     " transfers in " + rounded(m.seconds, 2) +
                     " s: " + grouped(static_cast<std::size_t>(m.value("transfers.rate"))) +
                     " transfers/s\n";
  text += "  latency p50 " + rounded(m.value("transfer.p50"), 1) + " ms, p95 " +
          rounded(m.value("transfer.p95"), 1) + " ms, p99 " + rounded(m.value("transfer.p99"), 1) +
          " ms\n";
  return text + "  retries " + grouped(r.counts.retries) + ", answered before " +
         grouped(r.counts.transfers_found) + ", node restarts " + grouped(r.restarts) + "\n";
}

}  // namespace

std::string summary(const run_report& r) {
  return "replay \"" + r.scenario + "\" (" + r.currency + ")\n" + numbers(r) + text_of(r);
}

std::string to_json(const run_report& r) {
  boost::json::object all = json_of(r);
  all["currency"] = r.currency;
  all["accounts"] = r.accounts;
  all["accounts_opened"] = r.counts.accounts();
  all["transfers"] = r.transfers;
  all["transfers_acknowledged"] = r.counts.transfers();
  all["seconds"] = r.numbers.seconds;
  all["transfers_per_second"] = r.numbers.value("transfers.rate");
  all["p50_ms"] = r.numbers.value("transfer.p50");
  all["p95_ms"] = r.numbers.value("transfer.p95");
  all["p99_ms"] = r.numbers.value("transfer.p99");
  all["retries"] = r.counts.retries;
  all["replayed"] = r.counts.transfers_found;
  all["restarts"] = r.restarts;
  return boost::json::serialize(all) + "\n";
}

maybe_problem write_report(const std::filesystem::path& dir, const run_report& r) {
  return write_file(dir / "report.json", to_json(r));
}

}  // namespace bank::driver
