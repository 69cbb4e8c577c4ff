#include "driver/measures/measures.hpp"

namespace bank::driver {

namespace {

constexpr std::size_t most_codes = 100;

double share(std::uint64_t part, std::uint64_t all) {
  return all == 0 ? 0 : static_cast<double>(part) / static_cast<double>(all);
}

double percentile(const histogram& h, std::string_view name) {
  if (name == "max") return h.max_ms();
  if (name == "p50") return h.percentile_ms(0.50);
  if (name == "p90") return h.percentile_ms(0.90);
  if (name == "p95") return h.percentile_ms(0.95);
  return h.percentile_ms(name == "p999" ? 0.999 : 0.99);
}

}  // namespace

void measures::add(const sample& s) {
  of_operation& o = operations_[static_cast<std::size_t>(s.what)];
  o.corrected.add(s.since_intended);
  o.uncorrected.add(s.since_sent);
  ++answers;
  transfers += s.transfers;
  errors += s.is_error ? 1 : 0;
  o.errors += s.is_error ? 1 : 0;
  if (s.code.empty()) return;
  if (const auto at = codes.find(s.code); at != codes.end())
    ++at->second;
  else
    ++codes[codes.size() < most_codes ? std::string(s.code) : "other"];
}

void measures::merge(const measures& other) {
  for (std::size_t i = 0; i < operation_count; ++i) {
    operations_[i].corrected.merge(other.operations_[i].corrected);
    operations_[i].uncorrected.merge(other.operations_[i].uncorrected);
    operations_[i].errors += other.operations_[i].errors;
  }
  seconds += other.seconds;
  answers += other.answers;
  errors += other.errors;
  transfers += other.transfers;
  intended += other.intended;
  sent += other.sent;
  missed += other.missed;
  bytes_out += other.bytes_out;
  bytes_in += other.bytes_in;
  lateness.merge(other.lateness);
  events.merge(other.events);
  for (const auto& [code, n] : other.codes) codes[code] += n;
}

double measures::value(std::string_view metric) const {
  if (metric == "transfers.rate") return rate(transfers);
  if (metric == "requests.rate") return rate(answers);
  if (metric == "errors") return share(errors, answers);
  if (metric == "arrival.missed") return share(missed, intended);
  const std::size_t point = metric.find('.');
  const std::string_view name = metric.substr(point + 1);
  if (metric.substr(0, point) == "event") return percentile(events, name);
  const auto o = operation_called(metric.substr(0, point));
  return o ? percentile(of(*o).corrected, name) : 0;
}

}  // namespace bank::driver
