#include "driver/run/asker.hpp"

namespace bank::driver {

namespace {

using namespace std::chrono_literals;

constexpr int most_attempts = 120;

problem unexpected(const std::string& request, const exchanged& e) {
  std::string text = request.substr(0, request.find(" HTTP/")) + " was answered with ";
  text += e.error
              ? "an error: " + e.error.message()
              : std::to_string(e.answer.status) + ": " + std::string(e.answer.body.substr(0, 300));
  return {text};
}

}  // namespace

task<result<asker::answer>> asker::ask(const std::string& request) {
  exchanged e;
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    if (attempt > 0) co_await pause(pause_, 250ms);
    e = co_await connection_.exchange(request, 15s);
    const unsigned status = e.answer.status;
    if (!e.error && status < 500 && status != 429 && status != 408) break;
  }
  if (e.error || e.answer.status >= 500) co_return unexpected(request, e);
  answer a{e.answer.status, json::document::owning(std::string(e.answer.body))};
  if (!a.body.is_sound() || !a.body.root().is_object()) co_return unexpected(request, e);
  co_return a;
}

}  // namespace bank::driver
