// The node as it is, but for a store that does not return from some of its calls, whatever their
// context says: from `totals` (GET /v1/admin/money) if STUCK_IN is "totals", from the commit of any
// transfer if it is "commit". The command line is the node's own.

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <utility>

#include "bank/node/options.hpp"
#include "bank/node/process.hpp"
#include "bank/node/run_node.hpp"

namespace {

using namespace lifeline::ledger;
using lifeline::context;

[[noreturn]] void never_return() {
  for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
}

bool has_transfer(const batch& b) {
  for (const entry& e : b.entries)
    if (std::holds_alternative<transfer_entry>(e)) return true;
  return false;
}

class stuck_store final : public ledger_store {
 public:
  stuck_store(std::unique_ptr<ledger_store> real, std::string stuck_in)
      : real_(std::move(real)), stuck_in_(std::move(stuck_in)) {}

  result<std::uint64_t> fence(const context& ctx) override { return real_->fence(ctx); }
  commit_result commit(const batch& b) override {
    if (stuck_in_ == "commit" && has_transfer(b)) never_return();
    return real_->commit(b);
  }
  result<std::optional<std::vector<entry_result>>> find_batch(const context& ctx,
                                                              const batch& b) override {
    return real_->find_batch(ctx, b);
  }
  result<std::optional<account_record>> find_account(const context& ctx, account_id id) override {
    return real_->find_account(ctx, id);
  }
  result<std::optional<transfer_record>> find_transfer(const context& ctx,
                                                       transfer_id id) override {
    return real_->find_transfer(ctx, id);
  }
  result<std::optional<key_record>> find_key(const context& ctx, const std::string& caller,
                                             const std::string& key) override {
    return real_->find_key(ctx, caller, key);
  }
  result<std::uint64_t> forget_keys(const context& ctx, lifeline::wall_time before) override {
    return real_->forget_keys(ctx, before);
  }
  result<page<account_record>> list_accounts(const context& ctx,
                                             const account_filter& filter) override {
    return real_->list_accounts(ctx, filter);
  }
  result<page<history_row>> history(const context& ctx, account_id id, std::uint64_t before,
                                    std::size_t limit) override {
    return real_->history(ctx, id, before, limit);
  }
  result<due_list> due(const context& ctx, lifeline::wall_time now, const due_place& after,
                       std::size_t limit) override {
    return real_->due(ctx, now, after, limit);
  }
  result<std::vector<committed_entry>> entries(const context& ctx, std::uint64_t after,
                                               std::size_t limit) override {
    return real_->entries(ctx, after, limit);
  }
  result<page<transfer_record>> list_transfers(const context& ctx,
                                               const transfer_filter& filter) override {
    return real_->list_transfers(ctx, filter);
  }
  result<std::optional<dated_balance>> balance_at(const context& ctx, account_id id,
                                                  lifeline::wall_time at) override {
    return real_->balance_at(ctx, id, at);
  }
  result<statement> account_statement(const context& ctx, account_id id, lifeline::wall_time from,
                                      lifeline::wall_time to, std::size_t limit) override {
    return real_->account_statement(ctx, id, from, to, limit);
  }
  result<std::vector<owner_summary>> list_owners(const context& ctx, const std::string& text,
                                                 const std::optional<std::string>& only,
                                                 std::size_t limit) override {
    return real_->list_owners(ctx, text, only, limit);
  }
  result<money_totals> totals(const context& ctx) override {
    if (stuck_in_ == "totals") never_return();
    return real_->totals(ctx);
  }
  result<std::uint64_t> last_sequence(const context& ctx) override {
    return real_->last_sequence(ctx);
  }

 private:
  std::unique_ptr<ledger_store> real_;
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
