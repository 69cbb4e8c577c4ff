#pragma once

#include <string>

#include "bank/json/document.hpp"
#include "driver/load/load_connection.hpp"
#include "driver/load/request_writer.hpp"
#include "driver/problem.hpp"

namespace bank::driver {

/// Sends requests before and after the load; waits for a node that is not ready for a moment. One
/// request at a time.
class asker {
 public:
  asker(asio::io_context& io, const asio::ip::tcp::endpoint& node, traffic& counted)
      : connection_(io, {node}, counted), pause_(io.get_executor()) {}

  struct answer {
    unsigned status = 0;
    json::document body;
  };
  /// Repeats the request, which must be safe to repeat, while the node can't answer it. A problem
  /// if the node still can't after a while, or if the answer is not a JSON object.
  task<result<answer>> ask(const std::string& request);
  task<void> wait(lifeline::duration d) { return pause(pause_, d); }

 private:
  load_connection connection_;
  timer pause_;
};

}  // namespace bank::driver
