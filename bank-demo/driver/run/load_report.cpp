#include "driver/run/load_report.hpp"

#include <boost/json.hpp>

#include "driver/text.hpp"

namespace bank::driver {

namespace {

namespace json = boost::json;

std::string latency_line(std::string_view name, const histogram& h) {
  return padded(name, 20) + right(grouped(h.count()), 12) +
         right(rounded(h.percentile_ms(0.5), 2), 10) +
         right(rounded(h.percentile_ms(0.95), 2), 10) +
         right(rounded(h.percentile_ms(0.99), 2), 10) +
         right(rounded(h.percentile_ms(0.999), 2), 10) + right(rounded(h.max_ms(), 1), 10) + "\n";
}

std::string latencies_text(const load_report& r) {
  std::string text = "  " + padded("latency in ms", 20) + right("answers", 12) + right("p50", 10) +
                     right("p95", 10) + right("p99", 10) + right("p99.9", 10) + right("max", 10) +
                     "\n";
  for (std::size_t i = 0; i < operation_count; ++i) {
    const auto& o = r.total.of(static_cast<operation>(i));
    if (o.corrected.count() == 0) continue;
    text += "  " + latency_line(operation_names[i].name, o.corrected);
    if (r.total.intended > 0) text += "  " + latency_line("  uncorrected", o.uncorrected);
  }
  if (r.total.events.count() > 0) text += "  " + latency_line("event", r.total.events);
  return text;
}

std::string counts_text(const load_report& r) {
  const measures& m = r.total;
  std::string text = "  " + grouped(m.answers) + " requests in " + rounded(m.seconds, 1) +
                     " s: " + rounded(m.rate(m.answers), 0) + "/s, transfers " +
                     rounded(m.rate(m.transfers), 0) + "/s, errors " +
                     rounded(m.value("errors") * 100, 3) + " %\n";
  if (m.intended > 0)
    text += "  arrivals: " + grouped(m.intended) + " intended, " + grouped(m.sent) + " sent, " +
            grouped(m.missed) + " missed; delay of sending p99 " +
            rounded(m.lateness.percentile_ms(0.99), 2) + " ms\n";
  for (const auto& [code, n] : m.codes) text += "  " + padded(code, 24) + grouped(n) + "\n";
  for (const time_line::mark& mark : r.line.marks())
    if (mark.is_fault) text += "  at " + right(rounded(mark.at, 2), 8) + " s  " + mark.text + "\n";
  return text;
}

std::string search_text(const search_report& s) {
  std::string text = "  highest rate that met all thresholds: " + rounded(s.highest, 0) + "/s\n";
  for (const auto& a : s.attempts)
    text += "    " + right(rounded(a.rate, 0), 8) + "/s  " + (a.kept ? "met    " : "missed ") +
            " transfer.p99 " + rounded(a.p99_ms, 1) + " ms\n";
  return text;
}

json::object to_json(const histogram& h) {
  json::array steps;
  for (const auto& s : h.steps()) steps.push_back(json::array{s.up_to_ms, s.count});
  return {{"count", h.count()},
          {"mean_ms", h.mean_ms()},
          {"p50_ms", h.percentile_ms(0.5)},
          {"p90_ms", h.percentile_ms(0.9)},
          {"p95_ms", h.percentile_ms(0.95)},
          {"p99_ms", h.percentile_ms(0.99)},
          {"p999_ms", h.percentile_ms(0.999)},
          {"max_ms", h.max_ms()},
          {"steps", std::move(steps)}};
}

json::object to_json(const measures& m) {
  json::object operations;
  for (std::size_t i = 0; i < operation_count; ++i) {
    const auto& o = m.of(static_cast<operation>(i));
    if (o.corrected.count() == 0) continue;
    operations[operation_names[i].name] = json::object{{"corrected", to_json(o.corrected)},
                                                       {"uncorrected", to_json(o.uncorrected)},
                                                       {"errors", o.errors}};
  }
  json::object codes;
  for (const auto& [code, n] : m.codes) codes[code] = n;
  return {{"seconds", m.seconds},
          {"answers", m.answers},
          {"errors", m.errors},
          {"transfers", m.transfers},
          {"requests_per_second", m.rate(m.answers)},
          {"transfers_per_second", m.rate(m.transfers)},
          {"intended", m.intended},
          {"sent", m.sent},
          {"missed", m.missed},
          {"bytes_out", m.bytes_out},
          {"bytes_in", m.bytes_in},
          {"lateness", to_json(m.lateness)},
          {"event", to_json(m.events)},
          {"codes", std::move(codes)},
          {"operations", std::move(operations)}};
}

json::object to_json(const search_report& s) {
  json::array attempts;
  for (const auto& a : s.attempts)
    attempts.push_back(json::object{
        {"rate", a.rate}, {"kept", a.kept}, {"p99_ms", a.p99_ms}, {"missed", a.missed}});
  return {{"phase", s.phase}, {"highest", s.highest}, {"attempts", std::move(attempts)}};
}

json::object to_json(const time_line& line) {
  json::array points;
  for (const auto& p : line.points())
    points.push_back(json::object{{"at", p.at},
                                  {"length", p.length},
                                  {"answers", p.answers},
                                  {"errors", p.errors},
                                  {"p50_ms", p.p50_ms},
                                  {"p99_ms", p.p99_ms},
                                  {"max_ms", p.max_ms}});
  json::array marks;
  for (const auto& m : line.marks())
    marks.push_back(json::object{{"at", m.at}, {"text", m.text}, {"fault", m.is_fault}});
  return {{"points", std::move(points)}, {"marks", std::move(marks)}};
}

}  // namespace

std::string summary(const load_report& r) {
  std::string text = "load \"" + r.scenario + "\", seed " + std::to_string(r.seed) + "\n";
  text += counts_text(r) + latencies_text(r);
  if (r.search) text += search_text(*r.search);
  return text + text_of(r);
}

std::string to_json(const load_report& r) {
  json::array phases;
  for (const phase_report& p : r.phases)
    phases.push_back(json::object{{"name", p.name},
                                  {"counted", p.counted},
                                  {"began", p.began},
                                  {"numbers", to_json(p.numbers)}});
  json::object all = json_of(r);
  all["about"] = r.about;
  all["seconds"] = r.seconds;
  all["faults"] = r.faults;
  all["snapshots"] = r.snapshots;
  all["history_lines"] = r.history_lines;
  all["total"] = to_json(r.total);
  all["phases"] = std::move(phases);
  all["time_line"] = to_json(r.line);
  if (r.search) all["search"] = to_json(*r.search);
  return json::serialize(all) + "\n";
}

maybe_problem write_report(const std::filesystem::path& dir, const load_report& r) {
  if (auto wrong = write_file(dir / "report.json", to_json(r))) return wrong;
  return write_file(dir / "report.html", to_html(r));
}

}  // namespace bank::driver
