#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "driver/run/load_report.hpp"
#include "driver/text.hpp"

// The page is text and inline SVG, without scripts and external files, so it can be archived and
// sent.

namespace bank::driver {

namespace {

constexpr double width = 900;
constexpr double height = 220;
constexpr double left = 60;
constexpr double bottom = 24;

constexpr const char* page_style = R"(<style>
body{font:15px/1.45 system-ui,sans-serif;max-width:980px;margin:2em auto;padding:0 1em;color:#1b1f24;background:#fff}
h1{font-size:1.5em;margin-bottom:.2em}h2{font-size:1.1em;margin-top:2em}
table{border-collapse:collapse;width:100%}td,th{padding:.25em .6em;border-bottom:1px solid #ddd;text-align:right}
td:first-child,th:first-child,td.t,th.t{text-align:left}
.ok{color:#146c2e}.bad{color:#b3261e;font-weight:600}.verdict{padding:.6em 1em;border-radius:6px;font-weight:600}
.verdict.ok{background:#e6f4ea}.verdict.bad{background:#fce8e6}
svg{width:100%;height:auto}text{font:11px system-ui,sans-serif;fill:#555}
@media(prefers-color-scheme:dark){body{background:#14171a;color:#e3e5e8}td,th{border-color:#333}text{fill:#aaa}
.verdict.ok{background:#123d1f;color:#9be3ae}.verdict.bad{background:#4a1513;color:#ffb4ab}.ok{color:#7ad693}.bad{color:#ff8a80}}
</style>)";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  return out;
}

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text += part;
  return text;
}

std::string cell(const std::string& text, const char* kind = "td") {
  return std::string("<") + kind + ">" + text + "</" + kind + ">";
}

std::string row(const std::vector<std::string>& cells, const char* kind = "td") {
  std::string text = "<tr>";
  for (const std::string& c : cells) text += cell(c, kind);
  return text + "</tr>\n";
}

/// The smallest of 1, 2, 5, 10, 20 … that is not below `value`.
double nice(double value) {
  if (value <= 0) return 1;
  const double power = std::pow(10, std::floor(std::log10(value)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (value <= factor * power) return factor * power;
  return 10 * power;
}

/// A chart over the time of the run: lines, and marks for phases and faults.
class chart {
 public:
  chart(double seconds, double most) : seconds_(std::max(seconds, 1e-9)), most_(nice(most)) {}

  void line(const std::vector<time_line::point>& points, const char* color,
            double (*value)(const time_line::point&)) {
    body_ += "<polyline fill=\"none\" stroke-width=\"1.6\" stroke=\"" + std::string(color) +
             "\" points=\"";
    for (const auto& p : points) body_ += at(x(p.at - p.length / 2), y(value(p))) + " ";
    body_ += "\"/>\n";
  }

  void marks(const std::vector<time_line::mark>& all) {
    for (const auto& m : all) {
      body_ += segment(x(m.at), 0, x(m.at), height - bottom, m.is_fault ? "#d9480f" : "#888",
                       escaped(m.text) + " at " + rounded(m.at, 2) + " s");
      if (!m.is_fault)
        body_ +=
            "<text x=\"" + rounded(x(m.at) + 3, 1) + "\" y=\"11\">" + escaped(m.text) + "</text>\n";
    }
  }

  std::string svg(const char* unit) const {
    std::string text =
        "<svg viewBox=\"0 0 " + rounded(width, 0) + " " + rounded(height, 0) + "\">\n";
    for (const double part : {0.0, 0.5, 1.0}) {
      const double at = y(most_ * part);
      text += segment(left, at, width, at, "#8883", {});
      text += joined({"<text x=\"0\" y=\"", rounded(at + 4, 1), "\">",
                      rounded(most_ * part, most_ < 4 ? 1 : 0), " ", unit, "</text>\n"});
    }
    for (const double part : {0.0, 0.25, 0.5, 0.75, 1.0})
      text += "<text x=\"" + rounded(x(seconds_ * part) - (part > 0.9 ? 30 : 0), 1) + "\" y=\"" +
              rounded(height - 6, 0) + "\">" + rounded(seconds_ * part, seconds_ < 20 ? 1 : 0) +
              " s</text>\n";
    return text + body_ + "</svg>\n";
  }

 private:
  double x(double seconds) const {
    return left + (width - left) * std::clamp(seconds / seconds_, 0.0, 1.0);
  }
  double y(double value) const {
    return (height - bottom) * (1 - std::clamp(value / most_, 0.0, 1.0) * 0.93);
  }
  /// A straight line; dashed if it has a title.
  static std::string segment(double x1, double y1, double x2, double y2, const char* color,
                             const std::string& title) {
    return joined({"<line x1=\"", rounded(x1, 1), "\" y1=\"", rounded(y1, 1), "\" x2=\"",
                   rounded(x2, 1), "\" y2=\"", rounded(y2, 1), "\" stroke=\"", color,
                   title.empty() ? "\"" : "\" stroke-dasharray=\"3 3\"", "><title>", title,
                   "</title></line>\n"});
  }
  static std::string at(double px, double py) { return rounded(px, 1) + "," + rounded(py, 1); }

  double seconds_;
  double most_;
  std::string body_;
};

double rate_of(const time_line::point& p) {
  return p.length > 0 ? static_cast<double>(p.answers) / p.length : 0;
}
double error_rate_of(const time_line::point& p) {
  return p.length > 0 ? static_cast<double>(p.errors) / p.length : 0;
}

std::string charts(const load_report& r) {
  const auto& points = r.line.points();
  double rate = 0;
  double p99 = 0;
  double end = r.seconds;
  for (const auto& p : points) {
    rate = std::max(rate, rate_of(p));
    p99 = std::max(p99, p.p99_ms);
    end = std::max(end, p.at);
  }
  chart latency(end, p99);
  latency.marks(r.line.marks());
  latency.line(points, "#1971c2", [](const time_line::point& p) { return p.p50_ms; });
  latency.line(points, "#e8590c", [](const time_line::point& p) { return p.p99_ms; });
  chart rates(end, rate);
  rates.marks(r.line.marks());
  rates.line(points, "#2f9e44", rate_of);
  rates.line(points, "#c92a2a", error_rate_of);
  return "<h2>Latency over time: <span style=\"color:#1971c2\">p50</span>, <span "
         "style=\"color:#e8590c\">p99</span></h2>\n" +
         latency.svg("ms") +
         "<h2>Answers per second, <span style=\"color:#c92a2a\">errors per second</span></h2>\n" +
         rates.svg("/s");
}

std::string bars(const histogram& h) {
  const auto steps = h.steps();
  std::uint64_t most = 1;
  for (const auto& s : steps) most = std::max(most, s.count);
  const double each = (width - left) / static_cast<double>(std::max<std::size_t>(steps.size(), 1));
  std::string text = "<svg viewBox=\"0 0 " + rounded(width, 0) + " 160\">\n";
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const double tall = 125 * static_cast<double>(steps[i].count) / static_cast<double>(most);
    const double x = left + each * static_cast<double>(i);
    text += "<rect fill=\"#1971c2\" x=\"" + rounded(x + 1, 1) + "\" y=\"" + rounded(135 - tall, 1) +
            "\" width=\"" + rounded(each - 2, 1) + "\" height=\"" + rounded(tall, 1) +
            "\"><title>" + grouped(steps[i].count) + " up to " + rounded(steps[i].up_to_ms, 3) +
            " ms</title></rect><text x=\"" + rounded(x + 2, 1) + "\" y=\"150\">" +
            rounded(steps[i].up_to_ms, steps[i].up_to_ms < 1 ? 3 : 0) + "</text>\n";
  }
  return text + "</svg>\n";
}

std::vector<std::string> latency_cells(const std::string& name, const histogram& h) {
  std::vector<std::string> cells{name, grouped(h.count())};
  for (const double share : {0.5, 0.9, 0.95, 0.99, 0.999})
    cells.push_back(rounded(h.percentile_ms(share), 2));
  cells.push_back(rounded(h.max_ms(), 1));
  return cells;
}

std::string latency_table(const load_report& r) {
  std::string text =
      "<h2>Latency in ms</h2><table>" +
      row({"operation", "answers", "p50", "p90", "p95", "p99", "p99.9", "max"}, "th");
  for (std::size_t i = 0; i < operation_count; ++i) {
    const auto& o = r.total.of(static_cast<operation>(i));
    if (o.corrected.count() == 0) continue;
    text += row(latency_cells(operation_names[i].name, o.corrected));
    if (r.total.intended > 0) text += row(latency_cells("&nbsp; uncorrected", o.uncorrected));
  }
  if (r.total.events.count() > 0) text += row(latency_cells("request to event", r.total.events));
  text +=
      "</table>\n<p>In open phases latency counts from the intended start of a request; "
      "\"uncorrected\" counts from the time it was sent.</p>\n";
  const auto& transfers = r.total.of(operation::transfer).corrected;
  if (transfers.count() > 0) text += "<h2>Transfers by latency in ms</h2>\n" + bars(transfers);
  return text;
}

std::string judgements(const load_report& r) {
  std::string text = "<h2>Invariants and thresholds</h2><table>";
  const auto mark = [](bool good) {
    return std::string(good ? "<span class=\"ok\">ok</span>" : "<span class=\"bad\">BROKEN</span>");
  };
  for (const finding& f : r.findings) {
    std::string what = escaped(f.text);
    for (const std::string& example : f.examples) what += "<br>" + escaped(example);
    text += "<tr><td>" + escaped(f.name) + "</td><td>" + mark(f.held) + "</td><td class=\"t\">" +
            what + "</td></tr>\n";
  }
  for (const threshold_result& t : r.thresholds)
    text += "<tr><td>" + escaped(t.wanted.metric + " " + t.wanted.text) + "</td><td>" +
            mark(t.met) + "</td><td class=\"t\">" + escaped(shown(t.wanted.metric, t.found)) +
            "</td></tr>\n";
  return text + "</table>\n";
}

std::string phases(const load_report& r) {
  std::string text =
      "<h2>Phases</h2><table>" + row({"phase", "seconds", "requests/s", "transfers/s", "errors",
                                      "intended", "sent", "missed", "transfer p99"},
                                     "th");
  for (const phase_report& p : r.phases)
    text += row({escaped(p.name) + (p.counted ? "" : " (not counted)"),
                 rounded(p.numbers.seconds, 1), rounded(p.numbers.rate(p.numbers.answers), 0),
                 rounded(p.numbers.rate(p.numbers.transfers), 0),
                 rounded(p.numbers.value("errors") * 100, 3) + " %", grouped(p.numbers.intended),
                 grouped(p.numbers.sent), grouped(p.numbers.missed),
                 rounded(p.numbers.value("transfer.p99"), 2)});
  return text + "</table>\n";
}

std::string faults_and_codes(const load_report& r) {
  std::string text;
  for (const auto& m : r.line.marks())
    if (m.is_fault)
      text += "<tr><td>" + rounded(m.at, 2) + " s</td><td class=\"t\">" + escaped(m.text) +
              "</td></tr>\n";
  if (!text.empty()) text = "<h2>Faults</h2><table>" + text + "</table>\n";
  std::string codes;
  for (const auto& [code, n] : r.total.codes) codes += row({escaped(code), grouped(n)});
  return codes.empty() ? text : text + "<h2>Answers by code</h2><table>" + codes + "</table>\n";
}

std::string search(const search_report& s) {
  std::string text = "<h2>Highest rate that met all thresholds: " + rounded(s.highest, 0) +
                     "/s</h2><table>" +
                     row({"rate", "thresholds met", "transfer p99", "missed"}, "th");
  for (const auto& a : s.attempts)
    text += row({rounded(a.rate, 0), a.kept ? "yes" : "no", rounded(a.p99_ms, 2),
                 rounded(a.missed * 100, 2) + " %"});
  return text + "</table>\n";
}

}  // namespace

std::string to_html(const load_report& r) {
  const bool good = r.status() == exit_status::all_met;
  std::string text =
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>" +
      escaped(r.scenario) + "</title>" + page_style + "<h1>" + escaped(r.scenario) + "</h1><p>" +
      escaped(r.about) + " Seed " + std::to_string(r.seed) + ", " + rounded(r.seconds, 1) +
      " s.</p><p class=\"verdict " + (good ? "ok" : "bad") + "\">" + escaped(verdict_of(r)) +
      "</p>\n";
  text += judgements(r) + charts(r) + latency_table(r) + phases(r);
  if (r.search) text += search(*r.search);
  return text + faults_and_codes(r) + "</html>\n";
}

}  // namespace bank::driver
