#include "driver/load/outcome.hpp"

#include "bank/json/document.hpp"

namespace bank::driver {

namespace {

judged judge_problem(unsigned status, const json::value& problem) {
  judged j;
  j.code = problem["code"].as_text().value_or("");
  if (j.code.empty()) j.code = "status_" + std::to_string(status);
  j.is_error = status >= 500;
  const bool refused = status >= 400 && status < 500 && j.code != "in_progress";
  if (refused || problem["outcome"].as_text() == "none") j.what = outcome::nothing;
  return j;
}

}  // namespace

judged judge_answer(unsigned status, std::string_view body) {
  if (status >= 200 && status < 300) return {outcome::done, {}, false};
  const json::document problem(body);
  return judge_problem(status, problem.is_sound() ? problem.root() : json::value::nothing());
}

judged judge_silence(bool was_sent, bool timed_out) {
  if (!was_sent) return {outcome::nothing, timed_out ? "no_answer_in_time" : "no_connection", true};
  return {outcome::unknown, timed_out ? "no_answer_in_time" : "connection_lost", true};
}

bool is_worth_repeating(unsigned status, std::string_view code) noexcept {
  switch (status) {
    case 408:  // the node received the request too slowly
    case 429:
    case 502:  // from a proxy
    case 503:
    case 504: return true;
    case 409: return code == "in_progress";
    default: return false;
  }
}

judged judge_repeated(const judged& first, judged second) {
  if (first.what == outcome::done) second.what = outcome::done;
  const bool is_refusal = second.what == outcome::nothing && !second.is_error;
  if (first.what == outcome::unknown && second.what != outcome::done && !is_refusal)
    second.what = outcome::unknown;
  return second;
}

std::vector<judged> judge_batch(std::string_view body) {
  std::vector<judged> all;
  const json::document answer(body);
  if (!answer.is_sound()) return all;
  for (const json::value& item : answer.root()["data"].children()) {
    const auto status = item["status"].as_integer();
    if (!status) return {};
    const auto code = static_cast<unsigned>(*status);
    all.push_back(code < 300 ? judged{outcome::done, {}, false} : judge_problem(code, item));
  }
  return all;
}

}  // namespace bank::driver
