#include "driver/run/prepare.hpp"

#include "driver/task_group.hpp"

namespace bank::driver {

namespace {

constexpr std::size_t connections = 32;
constexpr std::size_t deposits_at_once = 500;
/// A place that no phase has.
constexpr std::uint64_t place_of_deposits = ~1ULL;

struct shared_work {
  const request_writer& write;
  const scenario& s;
  std::size_t next = 0;
  maybe_problem wrong;
};

std::string told(const asker::answer& a) {
  return std::to_string(a.status) + ": " + std::string(a.body.text().substr(0, 300));
}

problem not_opened(const shared_work& w, const asker::answer& a) {
  if (a.status == 409)
    return {"the node already has the accounts of seed " + std::to_string(w.s.seed) +
            ": use another --seed"};
  return {"an account could not be opened: the node answered " + told(a)};
}

task<void> open_accounts(shared_work& w) {
  asker node(w.write.node());
  std::string request;
  while (!w.wrong && w.next < w.s.setup.accounts) {
    const std::size_t account = w.next++;
    const std::string owner = "load-" + std::to_string(account % w.s.setup.owners);
    w.write.open_account(account, owner, w.s.setup.overdraft_limit, request);
    const auto a = co_await node.ask(request);
    if (!a)
      w.wrong = a.error();
    else if (a->status != 201)
      w.wrong = not_opened(w, *a);
  }
}

task<void> deposit(shared_work& w) {
  asker node(w.write.node());
  std::string request;
  while (!w.wrong && w.next < w.s.setup.accounts) {
    const std::size_t begin = w.next;
    w.next = std::min(begin + deposits_at_once, w.s.setup.accounts);
    std::vector<planned_transfer> all;
    for (std::size_t i = begin; i < w.next; ++i)
      all.push_back({draws(w.s.seed, place_of_deposits, i).id(), i, i, w.s.setup.initial_balance});
    w.write.deposits(all, request);
    const auto a = co_await node.ask(request);
    if (!a)
      w.wrong = a.error();
    else if (a->status != 200)
      w.wrong = problem{"the initial balances could not be paid in: the node answered " + told(*a)};
  }
}

}  // namespace

task<maybe_problem> prepare_accounts(const request_writer& write, const scenario& s) {
  shared_work work{write, s, 0, {}};
  asio::io_context& io = write.node().io();
  task_group openers(io);
  for (std::size_t i = 0; i < connections; ++i) openers.spawn(open_accounts(work));
  co_await openers.join();
  work.next = 0;
  if (!work.wrong && s.setup.initial_balance > 0) {
    task_group payers(io);
    for (std::size_t i = 0; i < 2; ++i) payers.spawn(deposit(work));
    co_await payers.join();
  }
  co_return work.wrong;
}

}  // namespace bank::driver
