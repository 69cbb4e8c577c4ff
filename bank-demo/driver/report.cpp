#include "driver/report.hpp"

#include "bank/json/object_writer.hpp"

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
  std::string out;
  {
    json::object_writer all(out);
    append(all, r);
    all.text("currency", r.currency);
    all.number("accounts", r.accounts);
    all.number("accounts_opened", r.counts.accounts());
    all.number("transfers", r.transfers);
    all.number("transfers_acknowledged", r.counts.transfers());
    all.number("seconds", r.numbers.seconds);
    all.number("transfers_per_second", r.numbers.value("transfers.rate"));
    all.number("p50_ms", r.numbers.value("transfer.p50"));
    all.number("p95_ms", r.numbers.value("transfer.p95"));
    all.number("p99_ms", r.numbers.value("transfer.p99"));
    all.number("retries", r.counts.retries);
    all.number("replayed", r.counts.transfers_found);
    all.number("restarts", r.restarts);
  }
  return out + '\n';
}

maybe_problem write_report(const std::filesystem::path& dir, const run_report& r) {
  return write_file(dir / "report.json", to_json(r));
}

}  // namespace bank::driver
