#include "driver/load/outcome.hpp"

#include <boost/json.hpp>

namespace bank::driver {

namespace {

namespace json = boost::json;

std::string text_of(const json::object& o, std::string_view key) {
  const json::value* v = o.if_contains(key);
  return v != nullptr && v->is_string() ? std::string(v->as_string()) : std::string();
}

judged judge_problem(unsigned status, const json::object& problem) {
  judged j;
  j.code = text_of(problem, "code");
  if (j.code.empty()) j.code = "status_" + std::to_string(status);
  j.is_error = status >= 500;
  const bool refused = status >= 400 && status < 500 && j.code != "in_progress";
  if (refused || text_of(problem, "outcome") == "none") j.what = outcome::nothing;
  return j;
}

}  // namespace

judged judge_answer(unsigned status, std::string_view body) {
  if (status >= 200 && status < 300) return {outcome::done, {}, false};
  boost::system::error_code error;
  const json::value v = json::parse(body, error);
  return judge_problem(status, !error && v.is_object() ? v.as_object() : json::object());
}

judged judge_silence(bool was_sent, bool timed_out) {
  if (!was_sent) return {outcome::nothing, timed_out ? "no_answer_in_time" : "no_connection", true};
  return {outcome::unknown, timed_out ? "no_answer_in_time" : "connection_lost", true};
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
  boost::system::error_code error;
  const json::value v = json::parse(body, error);
  const json::value* data = error || !v.is_object() ? nullptr : v.as_object().if_contains("data");
  if (data == nullptr || !data->is_array()) return all;
  for (const json::value& item : data->as_array()) {
    const json::value* status = item.is_object() ? item.as_object().if_contains("status") : nullptr;
    if (status == nullptr || !status->is_int64()) return {};
    const auto code = static_cast<unsigned>(status->as_int64());
    all.push_back(code < 300 ? judged{outcome::done, {}, false}
                             : judge_problem(code, item.as_object()));
  }
  return all;
}

}  // namespace bank::driver
