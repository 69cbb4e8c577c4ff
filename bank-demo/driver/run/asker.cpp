#include "driver/run/asker.hpp"

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include "driver/load/outcome.hpp"

namespace bank::driver {

namespace {

using namespace std::chrono_literals;

constexpr int most_attempts = 120;

problem unexpected(const std::string& request, unsigned status, std::string_view body) {
  return {request.substr(0, request.find(" HTTP/")) + " was answered with " +
          std::to_string(status) + ": " + std::string(body.substr(0, 300))};
}

problem no_answer(const std::string& request, const error_code& error) {
  return {request.substr(0, request.find(" HTTP/")) +
          " was answered with an error: " + error.message()};
}

std::optional<money_snapshot> snapshot_in(const json::value& answer) {
  const auto sequence = answer["sequence"].as_integer();
  if (!sequence || !answer["currencies"].is_array()) return std::nullopt;
  money_snapshot s{static_cast<std::uint64_t>(*sequence), {}};
  for (const json::value& c : answer["currencies"].children()) {
    const auto currency = c["currency"].as_text();
    const auto sum = c["sum"].as_integer();
    const auto pending = c["pending"].as_integer();
    if (!currency || !sum || !pending) return std::nullopt;
    s.currencies.push_back({std::string(*currency), *sum, *pending});
  }
  return s;
}

}  // namespace

// GCC 12 destroys some temporaries of a coroutine's full expressions twice: texts and problems are
// named variables.

task<result<asker::answer>> asker::ask(const std::string& request) {
  exchanged e;
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    if (attempt > 0) co_await pause(pause_, 250ms);
    e = co_await connection_.exchange(request);
    if (!e.error && !is_worth_repeating(e.answer.status, {})) break;
  }
  if (e.error) co_return no_answer(request, e.error);
  answer a{e.answer.status, json::document::owning(std::string(e.answer.body))};
  if (a.status >= 500 || !a.body.is_sound() || !a.body.root().is_object())
    co_return unexpected(request, a.status, e.answer.body);
  co_return a;
}

task<result<json::document>> asker::get(const std::string& target) {
  std::string request;
  node_.get(target, request);
  auto a = co_await ask(request);
  if (!a) co_return a.error();
  if (a->status != 200) co_return unexpected(request, a->status, a->body.text());
  co_return std::move(a->body);
}

task<maybe_problem> asker::list(const std::string& target,
                                const std::function<maybe_problem(const json::value& data)>& take) {
  std::string page_target = target;
  for (;;) {
    const auto page = co_await get(page_target);
    if (!page) co_return page.error();
    const json::value& data = page->root()["data"];
    if (!data.is_array()) co_return contract_broken("the list " + target, page->text());
    if (auto wrong = take(data)) co_return wrong;
    const std::string cursor(page->root()["next_cursor"].as_text().value_or(""));
    if (cursor.empty()) co_return std::nullopt;
    page_target = target + "&cursor=" + boost::urls::encode(cursor, boost::urls::unreserved_chars);
  }
}

problem contract_broken(std::string_view what, std::string_view answer) {
  return {std::string(what) + " does not match the API: " + std::string(answer.substr(0, 300))};
}

std::int64_t money_snapshot::worst_sum() const noexcept {
  std::int64_t worst = 0;
  for (const currency_sum& c : currencies)
    if (c.sum_minor != 0) worst = c.sum_minor;
  return worst;
}

task<result<money_snapshot>> take_snapshot(asker& node) {
  const std::string target = "/v1/admin/money";
  const auto found = co_await node.get(target);
  if (!found) co_return found.error();
  std::optional<money_snapshot> s = snapshot_in(found->root());
  if (!s) co_return contract_broken(target, found->text());
  co_return std::move(*s);
}

}  // namespace bank::driver
