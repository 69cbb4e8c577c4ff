#include "driver/judgement.hpp"

#include <boost/json/array.hpp>

#include "driver/text.hpp"

namespace bank::driver {

namespace {

namespace json = boost::json;

json::array invariants_json(const judgement& j) {
  json::array all;
  for (const finding& f : j.findings)
    all.push_back(json::object{{"name", f.name},
                               {"held", f.held},
                               {"text", f.text},
                               {"examples", json::array(f.examples.begin(), f.examples.end())}});
  return all;
}

json::array thresholds_json(const judgement& j) {
  json::array all;
  for (const threshold_result& t : j.thresholds)
    all.push_back(json::object{{"metric", t.wanted.metric},
                               {"wanted", t.wanted.text},
                               {"found", t.found},
                               {"met", t.met}});
  return all;
}

}  // namespace

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

json::object json_of(const judgement& j) {
  return {{"scenario", j.scenario},
          {"seed", j.seed},
          {"exit_status", static_cast<int>(j.status())},
          {"failure", j.failure ? json::value(j.failure->text) : json::value(nullptr)},
          {"thresholds", thresholds_json(j)},
          {"invariants", invariants_json(j)}};
}

}  // namespace bank::driver
