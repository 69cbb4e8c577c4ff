#include "driver/run/final_audit.hpp"

#include "driver/task_group.hpp"

namespace bank::driver {

namespace {

using namespace std::chrono_literals;
using about = money_checker::question::about;

constexpr std::size_t connections = 32;
/// History rows counted over all accounts; beyond it only balances are compared.
constexpr std::uint64_t most_rows = 400'000;
/// The ledger is at rest when nothing was added for this time. With unknown outcomes it is longer
/// than a commit may take.
constexpr auto quiet_time = 1s;
constexpr auto quiet_time_with_unknowns = 6s;

}  // namespace

final_audit::final_audit(parts p)
    : parts_(std::move(p)), rows_left_(most_rows), balances_(parts_.accounts.size()) {
  for (std::size_t i = 0; i < parts_.accounts.size(); ++i) indexes_[parts_.accounts[i]] = i;
}

task<maybe_problem> final_audit::run() {
  wrong_ = co_await wait_for_rest();
  if (wrong_) co_return wrong_;
  auto all = parts_.sees.money().questions();
  co_await ask(std::move(all));
  if (wrong_) co_return wrong_;
  next_ = 0;
  task_group accounts(parts_.write.node().io());
  for (std::size_t i = 0; i < connections; ++i) accounts.spawn(find_accounts());
  co_await accounts.join();
  if (!wrong_ && parts_.sees.log() != nullptr) parts_.sees.log()->write_read(balances_, now());
  co_return wrong_;
}

task<void> final_audit::ask(std::vector<money_checker::question> some) {
  questions_ = std::move(some);
  next_ = 0;
  task_group askers(parts_.write.node().io());
  for (std::size_t i = 0; i < connections; ++i) askers.spawn(answer_questions());
  co_await askers.join();
}

task<maybe_problem> final_audit::wait_for_rest() {
  asker node(parts_.write.node());
  const auto quiet =
      parts_.sees.money().unknown_outcomes() > 0 ? quiet_time_with_unknowns : quiet_time;
  auto since = now();
  std::optional<std::uint64_t> sequence;
  while (now() - since < quiet) {
    const auto s = co_await take_snapshot(node);
    if (!s) co_return s.error();
    if (sequence != s->sequence) since = now();
    sequence = s->sequence;
    co_await node.wait(100ms);
  }
  const auto last = co_await take_snapshot(node);
  if (!last) co_return last.error();
  parts_.sees.money().snapshot(last->worst_sum());
  co_return std::nullopt;
}

task<void> final_audit::answer_questions() {
  asker node(parts_.write.node());
  while (!wrong_ && next_ < questions_.size()) {
    const money_checker::question& q = questions_[next_++];
    const auto found = co_await look_up(node, q);
    if (!found)
      wrong_ = found.error();
    else
      parts_.sees.answered(q, *found);
  }
}

task<result<std::optional<stored_transfer>>> final_audit::look_up(
    asker& node, const money_checker::question& q) {
  std::string request;
  if (q.what == about::reversal)
    parts_.write.reverse(q.transfer, request);
  else
    parts_.write.read_transfer(q.transfer.id, request);
  const auto a = co_await node.ask(request);
  if (!a) co_return a.error();
  std::optional<stored_transfer> found;
  if (a->status >= 300) co_return found;
  found = read(a->body.root());
  if (!found) co_return contract_broken("a transfer", a->body.text());
  co_return found;
}

std::optional<stored_transfer> final_audit::read(const json::value& t) const {
  const auto state = t["state"].as_text();
  const auto amount = t["amount"].as_integer();
  if (!state || !amount || !t["from"].as_text() || !t["to"].as_text()) return std::nullopt;
  return stored_transfer{std::string(*state), index_of(t["from"].spelled()),
                         index_of(t["to"].spelled()), *amount};
}

/// For an account outside of the run: the number of accounts.
std::size_t final_audit::index_of(std::string_view account) const {
  const auto id = lifeline::ledger::uuid::parse(account);
  const auto at = id ? indexes_.find(*id) : indexes_.end();
  return at == indexes_.end() ? parts_.accounts.size() : at->second;
}

bool final_audit::may_count_rows(std::size_t account) {
  const std::uint64_t rows = parts_.sees.money().expected_rows(account);
  if (rows > rows_left_) return false;
  rows_left_ -= rows;
  return true;
}

task<void> final_audit::find_accounts() {
  asker node(parts_.write.node());
  std::string request;
  while (!wrong_ && next_ < parts_.accounts.size()) {
    const std::size_t account = next_++;
    parts_.write.read_account(account, request);
    const auto a = co_await node.ask(request);
    if (!a) wrong_ = a.error();
    if (wrong_) co_return;
    money_checker::account_state state;
    const json::value& balance = a->body.root()["balance"];
    const auto posted = balance["posted"].as_integer();
    const auto in = balance["pending_in"].as_integer();
    const auto out = balance["pending_out"].as_integer();
    if (posted && in && out) {
      state.posted = *posted;
      state.pending_in = *in;
      state.pending_out = *out;
    } else {
      wrong_ = contract_broken("an account", a->body.text());
    }
    if (!wrong_ && may_count_rows(account)) {
      const auto rows = co_await count_rows(node, account);
      if (!rows) wrong_ = rows.error();
      if (rows) state.rows = *rows;
    }
    if (wrong_) co_return;
    balances_[account] = state.posted;
    parts_.sees.money().account_found(account, state);
  }
}

task<result<std::uint64_t>> final_audit::count_rows(asker& node, std::size_t account) {
  std::uint64_t rows = 0;
  const std::string target = "/v1/accounts/" + parts_.write.account(account) + "/history?limit=200";
  const std::function take = [&](const json::value& data) -> maybe_problem {
    rows += data.children().size();
    return std::nullopt;
  };
  const auto wrong = co_await node.list(target, take);
  if (wrong) co_return *wrong;
  co_return rows;
}

}  // namespace bank::driver
