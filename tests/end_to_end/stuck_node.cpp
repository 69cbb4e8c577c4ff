// A node with a store that hangs in some calls in spite of their context: in `totals` (GET
// /v1/admin/money) if STUCK_IN is "totals", in the commit of any transfer if it is "commit". It
// takes the node's command line.

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "bank/node/options.hpp"
#include "bank/node/process.hpp"
#include "bank/node/run_node.hpp"
#include "bank/storage/store_hook.hpp"

namespace {

using namespace lifeline::ledger;

[[noreturn]] void never_return() {
  for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
}

bool has_transfer(const batch& b) {
  for (const entry& e : b.entries)
    if (std::holds_alternative<transfer_entry>(e)) return true;
  return false;
}

class stuck_calls final : public bank::storage::store_hook {
 public:
  explicit stuck_calls(std::string stuck_in) : stuck_in_(std::move(stuck_in)) {}

  std::optional<failure> around(const bank::storage::store_call& call,
                                const rest_of_call& go_on) override {
    const bool is_of_transfers = call.written == nullptr || has_transfer(*call.written);
    if (traits_of(call.what).name == stuck_in_ && is_of_transfers) never_return();
    return go_on();
  }

 private:
  const std::string stuck_in_;
};

}  // namespace

int main(int argc, char** argv) {
  bank::node::prepare_process();
  const auto in = bank::node::read_options({argv + 1, argv + argc}, {});
  const char* stuck_in = std::getenv("STUCK_IN");
  stuck_calls stuck(stuck_in != nullptr ? stuck_in : "");
  const auto open = [&](const bank::node::configuration& c, const bank::storage::data_dir& dir) {
    auto kept = bank::node::open_stores(c, dir);
    kept.books->around(stuck);
    return kept;
  };
  return static_cast<int>(bank::node::run_node(in.config, std::cout, open));
}
