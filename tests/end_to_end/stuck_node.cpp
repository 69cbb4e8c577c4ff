// A node with a store that hangs in some calls in spite of their context: in `totals` (GET
// /v1/admin/money) if STUCK_IN is "totals", in the commit of any transfer if it is "commit". It
// takes the node's command line.

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <utility>

#include "bank/node/options.hpp"
#include "bank/node/process.hpp"
#include "bank/node/run_node.hpp"
#include "forwarding_store.hpp"

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

class stuck_store final : public bank::tests::forwarding_store {
 public:
  stuck_store(std::unique_ptr<journal_store> real, std::string stuck_in)
      : forwarding_store(*real), held_(std::move(real)), stuck_in_(std::move(stuck_in)) {}

  commit_result commit(const batch& b) override {
    if (stuck_in_ == "commit" && has_transfer(b)) never_return();
    return forwarding_store::commit(b);
  }
  result<money_totals> totals(const context& ctx) override {
    if (stuck_in_ == "totals") never_return();
    return forwarding_store::totals(ctx);
  }

 private:
  std::unique_ptr<journal_store> held_;
  std::string stuck_in_;
};

bank::node::stores open_stuck(const bank::node::configuration& c,
                              const bank::storage::data_dir& dir) {
  const char* stuck_in = std::getenv("STUCK_IN");
  auto kept = bank::node::open_stores(c, dir);
  kept.books = std::make_unique<stuck_store>(std::move(kept.books), stuck_in ? stuck_in : "");
  return kept;
}

}  // namespace

int main(int argc, char** argv) {
  bank::node::prepare_process();
  const auto in = bank::node::read_options({argv + 1, argv + argc}, {});
  return static_cast<int>(bank::node::run_node(in.config, std::cout, open_stuck));
}
