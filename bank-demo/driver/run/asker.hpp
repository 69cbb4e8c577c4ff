#pragma once

#include <functional>
#include <string>

#include "bank/json/document.hpp"
#include "driver/http_client.hpp"

namespace bank::driver {

/// Sends requests before and after the load; waits for a node that is not ready for a moment. One
/// request at a time; `node` must outlive it.
class asker {
 public:
  explicit asker(const http_client& node)
      : node_(node), connection_(node.connect()), pause_(node.io().get_executor()) {}

  struct answer {
    unsigned status = 0;
    json::document body;
  };
  /// Repeats the request, which must be safe to repeat, while the node can't answer it. A problem
  /// if the node still can't after a while, or if the answer is not a JSON object.
  task<result<answer>> ask(const std::string& request);
  /// The object at `target`; any status but 200 is a problem.
  task<result<json::document>> get(const std::string& target);
  /// Gets the pages of a list and calls `take` with each page's array `data`, until that gives a
  /// problem. `target` already has a query.
  task<maybe_problem> list(const std::string& target,
                           const std::function<maybe_problem(const json::value& data)>& take);
  task<void> wait(lifeline::duration d) { return pause(pause_, d); }

 private:
  const http_client& node_;
  load_connection connection_;
  timer pause_;
};

/// Why an answer does not match the API: "… does not match the API: ANSWER".
problem contract_broken(std::string_view what, std::string_view answer);

/// The sums of `/v1/admin/money`.
struct money_snapshot {
  struct currency_sum {
    std::string currency;
    std::int64_t sum_minor = 0;  ///< must be 0
    std::int64_t pending_minor = 0;
  };
  std::uint64_t sequence = 0;
  std::vector<currency_sum> currencies;

  /// A sum that is not 0, if there is one.
  std::int64_t worst_sum() const noexcept;
};
task<result<money_snapshot>> take_snapshot(asker& node);

}  // namespace bank::driver
