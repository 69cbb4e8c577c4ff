#include "driver/audit.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/json.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include "driver/replay_run.hpp"
#include "driver/task_group.hpp"

namespace bank::driver {

namespace {

namespace json = boost::json;

constexpr int most_attempts = 20;
constexpr std::chrono::milliseconds between_attempts{250};

std::string encoded(std::string_view text) {
  return boost::urls::encode(text, boost::urls::unreserved_chars);
}

problem unexpected(std::string_view target, const http_answer& a) {
  std::string text = "GET " + std::string(target) + " was answered with ";
  text += a.error ? "an error: " + a.error.message() : std::to_string(a.status);
  if (!a.body.empty()) text += ": " + a.body.substr(0, 300);
  return {text};
}

problem without_member(std::string_view target, std::string_view member) {
  return {"GET " + std::string(target) + " was answered without \"" + std::string(member) + "\""};
}

bool is_final(const http_answer& a) { return !a.error && !is_worth_repeating(a.status, {}); }

std::string with_cursor(const std::string& target, std::string_view cursor) {
  return cursor.empty() ? target : target + "&cursor=" + encoded(cursor);
}

std::string next_cursor(const json::object& page) {
  const json::value* next = page.if_contains("next_cursor");
  return next != nullptr && next->is_string() ? std::string(next->as_string()) : std::string();
}

const json::array* array_of(const json::object& answer, std::string_view member) {
  const json::value* v = answer.if_contains(member);
  return v == nullptr ? nullptr : v->if_array();
}

// GCC 12 destroys some temporaries of a coroutine's full expressions twice: texts and problems are
// named variables.

/// Reads from the node over one connection.
class reader {
 public:
  reader(asio::io_context& io, const http_client& client)
      : client_(client), connection_(client), pause_(io.get_executor()) {}

  /// GET with a few attempts; returns the answer's JSON object. `target` must outlive the call.
  task<result<json::object>> get(const std::string& target) {
    const std::string request = client_.get(target);
    http_answer answer;
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
      if (attempt > 0) co_await pause(pause_, between_attempts);
      answer = co_await connection_.exchange(request);
      if (is_final(answer)) break;
    }
    if (answer.error || answer.status != 200) co_return unexpected(target, answer);
    error_code error;
    json::value value = json::parse(answer.body, error);
    if (error || !value.is_object()) co_return unexpected(target, answer);
    co_return std::move(value.as_object());
  }

  /// All rows of a list, page by page; `target` already has a query.
  task<result<json::array>> list(const std::string& target) {
    json::array rows;
    std::string cursor;
    do {
      const std::string page_target = with_cursor(target, cursor);
      const auto page = co_await get(page_target);
      if (!page) co_return page.error();
      const json::array* data = array_of(*page, "data");
      if (data == nullptr) co_return without_member(target, "data");
      rows.insert(rows.end(), data->begin(), data->end());
      cursor = next_cursor(*page);
    } while (!cursor.empty());
    co_return rows;
  }

 private:
  const http_client& client_;
  http_connection connection_;
  timer pause_;
};

// Conversion of rows. `at` throws for a missing or wrong member; `convert_rows` catches it.

evidence::account to_account(const json::value& row) {
  const json::value& ref = row.at("ref");
  return {ref.is_string() ? std::string(ref.as_string()) : std::string(),
          std::string(row.at("currency").as_string()),
          row.at("balance").at("posted").to_number<std::int64_t>()};
}

evidence::currency_sum to_sum(const json::value& row) {
  return {std::string(row.at("currency").as_string()), row.at("sum").to_number<std::int64_t>(),
          row.at("pending").to_number<std::int64_t>()};
}

template <class Row, class Convert>
maybe_problem convert_rows(std::string_view what, const json::array& rows, std::vector<Row>& out,
                           Convert convert) {
  try {
    for (const json::value& row : rows) out.push_back(convert(row));
    return std::nullopt;
  } catch (const std::exception& e) {
    return problem{std::string(what) + " does not match the API: " + e.what()};
  }
}

/// Shared by the readers of histories.
struct history_work {
  history_work(const replay_plan& p, std::vector<std::size_t>& l) : plan(p), lengths(l) {}
  const replay_plan& plan;
  std::vector<std::size_t>& lengths;
  std::size_t next = 0;
  maybe_problem wrong;
};

task<void> read_histories(asio::io_context& io, const http_client& client, history_work& work) {
  reader from(io, client);
  while (work.next < work.plan.lanes.size() && !work.wrong) {
    const std::size_t lane = work.next++;
    const std::string target =
        "/v1/accounts/" + work.plan.lanes[lane].id.str() + "/history?limit=200";
    const auto rows = co_await from.list(target);
    if (!rows)
      work.wrong = rows.error();
    else
      work.lengths[lane] = rows->size();
  }
}

}  // namespace

task<result<evidence>> gather_evidence(asio::io_context& io, const http_client& client,
                                       const replay_plan& plan, std::size_t connections) {
  evidence found;
  reader from(io, client);
  const std::string owned = "/v1/accounts?owner=" + encoded(plan.owner) + "&limit=200";
  const auto accounts = co_await from.list(owned);
  if (!accounts) co_return accounts.error();
  if (auto wrong = convert_rows("the list of accounts", *accounts, found.accounts, to_account))
    co_return *wrong;

  const std::string sums = "/v1/admin/money";
  const auto money = co_await from.get(sums);
  if (!money) co_return money.error();
  const json::array* currencies = array_of(*money, "currencies");
  if (currencies == nullptr) co_return without_member(sums, "currencies");
  if (auto wrong = convert_rows(sums, *currencies, found.money, to_sum)) co_return *wrong;

  found.history_lengths.assign(plan.lanes.size(), 0);
  history_work work(plan, found.history_lengths);
  task_group readers(io);
  for (std::size_t i = 0; i < std::min(connections, plan.lanes.size()); ++i)
    readers.spawn(read_histories(io, client, work));
  co_await readers.join();
  if (work.wrong) co_return *work.wrong;
  co_return found;
}

}  // namespace bank::driver
