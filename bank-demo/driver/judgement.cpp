#include "driver/judgement.hpp"

#include "driver/text.hpp"

namespace bank::driver {

void judgement::compare(const std::vector<threshold>& wanted, const measures& found) {
  for (const threshold& t : wanted) {
    const double value = found.value(t.metric);
    thresholds.push_back({t, value, t.met_by(value)});
  }
}

void judgement::keep(std::vector<finding> all, const std::vector<invariant>& wanted) {
  for (finding& f : all)
    for (const invariant i : wanted)
      if (f.name == name_of(i)) findings.push_back(std::move(f));
}

exit_status judgement::status() const noexcept {
  if (failure) return exit_status::run_failed;
  for (const finding& f : findings)
    if (!f.held) return exit_status::invariant_broken;
  for (const threshold_result& t : thresholds)
    if (!t.met) return exit_status::threshold_missed;
  return exit_status::all_met;
}

std::string verdict_of(const judgement& j) {
  switch (j.status()) {
    case exit_status::all_met: return "all met";
    case exit_status::threshold_missed: return "a threshold was missed";
    case exit_status::invariant_broken: return "AN INVARIANT IS BROKEN";
    case exit_status::run_failed: break;
  }
  return "the run failed: " + j.failure->text;
}

std::string text_of(const judgement& j) {
  std::string text;
  for (const finding& f : j.findings) {
    text += std::string(f.held ? "  ok      " : "  BROKEN  ") + f.name + ": " + f.text + "\n";
    for (const std::string& example : f.examples) text += "            " + example + "\n";
  }
  for (const threshold_result& t : j.thresholds)
    text += std::string(t.met ? "  ok      " : "  MISSED  ") + t.wanted.metric + " " +
            t.wanted.text + ": found " + shown(t.wanted.metric, t.found) + "\n";
  return text + "verdict: " + verdict_of(j) + "\n";
}

void append(json::object_writer& to, const judgement& j) {
  to.text("scenario", j.scenario);
  to.number("seed", j.seed);
  to.number("exit_status", static_cast<int>(j.status()));
  if (j.failure)
    to.text("failure", j.failure->text);
  else
    to.null("failure");
  to.list("thresholds", j.thresholds, [](json::object_writer& row, const threshold_result& t) {
    row.text("metric", t.wanted.metric);
    row.text("wanted", t.wanted.text);
    row.number("found", t.found);
    row.flag("met", t.met);
  });
  to.list("invariants", j.findings, [](json::object_writer& row, const finding& f) {
    row.text("name", f.name);
    row.flag("held", f.held);
    row.text("text", f.text);
    row.texts("examples", f.examples);
  });
}

}  // namespace bank::driver
