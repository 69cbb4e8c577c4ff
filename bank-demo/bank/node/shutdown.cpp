#include "bank/node/shutdown.hpp"

#include <utility>

#include "lifeline/context/watch.hpp"

namespace bank::node {
namespace {

using lifeline::context;

std::string counted(std::size_t n, const char* one, const char* many) {
  return std::to_string(n) + ' ' + (n == 1 ? one : many);
}

}  // namespace

std::vector<std::string> stop_in_order(const context& root, lifeline::duration budget,
                                       const stop_steps& steps) {
  const auto began = root.time().now();
  const auto until = [&](int tenths) { return with_deadline(root, began + budget / 10 * tenths); };
  std::vector<std::string> abandoned;

  steps.stop_accepting();
  if (!steps.drain(until(5).ctx())) {
    steps.cancel_requests();
    if (!steps.drain(until(6).ctx()))
      abandoned.push_back(counted(steps.running_requests(), "request", "requests") +
                          " did not end after being cancelled");
  }
  if (!steps.stop_ledger(until(9).ctx()))
    abandoned.push_back("the ledger had " + counted(steps.in_flight(), "entry", "entries") +
                        " in flight; their outcome is unknown to whoever asked");
  return abandoned;
}

last_resort::last_resort(const stop_request& stop, lifeline::duration budget, give_up end)
    : asked_(with_cancel(stop.ctx())),
      over_(with_cancel(lifeline::background(stop.ctx().time()))),
      thread_([this, budget, end = std::move(end)] {
        wait(asked_.ctx());
        const auto limit = with_timeout(over_.ctx(), budget);
        wait(limit.ctx());
        if (!over_.ctx().done()) end(doing_.load());
      }) {}

last_resort::~last_resort() {
  over_.cancel();
  asked_.cancel();
  thread_.join();
}

}  // namespace bank::node
