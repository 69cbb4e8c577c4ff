#include "driver/run/load_report.hpp"

#include "driver/text.hpp"

namespace bank::driver {

namespace {

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

void append(json::object_writer& to, const histogram& h) {
  to.number("count", h.count());
  to.number("mean_ms", h.mean_ms());
  to.number("p50_ms", h.percentile_ms(0.5));
  to.number("p90_ms", h.percentile_ms(0.9));
  to.number("p95_ms", h.percentile_ms(0.95));
  to.number("p99_ms", h.percentile_ms(0.99));
  to.number("p999_ms", h.percentile_ms(0.999));
  to.number("max_ms", h.max_ms());
  to.values("steps", h.steps(), [](std::string& out, const auto& s) {
    out += '[';
    json::append_real(out, s.up_to_ms);
    out += ',';
    json::append_integer(out, static_cast<std::int64_t>(s.count));
    out += ']';
  });
}

/// A member that is an object of its own.
template <class Part>
void append(json::object_writer& to, std::string_view name, const Part& part);

void append(json::object_writer& to, const measures& m) {
  to.number("seconds", m.seconds);
  to.number("answers", m.answers);
  to.number("errors", m.errors);
  to.number("transfers", m.transfers);
  to.number("requests_per_second", m.rate(m.answers));
  to.number("transfers_per_second", m.rate(m.transfers));
  to.number("intended", m.intended);
  to.number("sent", m.sent);
  to.number("missed", m.missed);
  to.number("bytes_out", m.bytes_out);
  to.number("bytes_in", m.bytes_in);
  append(to, "lateness", m.lateness);
  append(to, "event", m.events);
  to.object("codes", [&](json::object_writer& codes) {
    for (const auto& [code, n] : m.codes) codes.number(code, n);
  });
  to.object("operations", [&](json::object_writer& all) {
    for (std::size_t i = 0; i < operation_count; ++i) {
      const auto& o = m.of(static_cast<operation>(i));
      if (o.corrected.count() == 0) continue;
      all.object(operation_names[i].name, [&](json::object_writer& one) {
        append(one, "corrected", o.corrected);
        append(one, "uncorrected", o.uncorrected);
        one.number("errors", o.errors);
      });
    }
  });
}

void append(json::object_writer& to, const search_report& s) {
  to.text("phase", s.phase);
  to.number("highest", s.highest);
  to.list("attempts", s.attempts, [](json::object_writer& row, const auto& a) {
    row.number("rate", a.rate);
    row.flag("kept", a.kept);
    row.number("p99_ms", a.p99_ms);
    row.number("missed", a.missed);
  });
}

void append(json::object_writer& to, const time_line& line) {
  to.list("points", line.points(), [](json::object_writer& row, const auto& p) {
    row.number("at", p.at);
    row.number("length", p.length);
    row.number("answers", p.answers);
    row.number("errors", p.errors);
    row.number("p50_ms", p.p50_ms);
    row.number("p99_ms", p.p99_ms);
    row.number("max_ms", p.max_ms);
  });
  to.list("marks", line.marks(), [](json::object_writer& row, const auto& m) {
    row.number("at", m.at);
    row.text("text", m.text);
    row.flag("fault", m.is_fault);
  });
}

template <class Part>
void append(json::object_writer& to, std::string_view name, const Part& part) {
  to.object(name, [&](json::object_writer& inner) { append(inner, part); });
}

}  // namespace

std::string summary(const load_report& r) {
  std::string text = "load \"" + r.scenario + "\", seed " + std::to_string(r.seed) + "\n";
  text += counts_text(r) + latencies_text(r);
  if (r.search) text += search_text(*r.search);
  return text + text_of(r);
}

std::string to_json(const load_report& r) {
  std::string out;
  {
    json::object_writer all(out);
    append(all, static_cast<const judgement&>(r));
    all.text("about", r.about);
    all.number("seconds", r.seconds);
    all.number("faults", r.faults);
    all.number("snapshots", r.snapshots);
    all.number("history_lines", r.history_lines);
    append(all, "total", r.total);
    all.list("phases", r.phases, [](json::object_writer& row, const phase_report& p) {
      row.text("name", p.name);
      row.flag("counted", p.counted);
      row.number("began", p.began);
      append(row, "numbers", p.numbers);
    });
    append(all, "time_line", r.line);
    if (r.search) append(all, "search", *r.search);
  }
  return out + '\n';
}

maybe_problem write_report(const std::filesystem::path& dir, const load_report& r) {
  if (auto wrong = write_file(dir / "report.json", to_json(r))) return wrong;
  return write_file(dir / "report.html", to_html(r));
}

}  // namespace bank::driver
