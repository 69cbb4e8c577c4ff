#include "driver/replay_run.hpp"

#include <algorithm>

#include "bank/json/document.hpp"
#include "driver/load/outcome.hpp"

namespace bank::driver {

namespace {

using kind = books::lane_step::kind;

constexpr std::chrono::seconds patience{60};
constexpr std::chrono::milliseconds between_views{250};

/// The parts of a problem that decisions and texts depend on.
struct node_problem {
  std::string code;
  std::string detail;
};

/// Only a problem's body is parsed.
node_problem problem_of(const plain_answer& answer) {
  if (answer.status < 400) return {};
  const json::document body(answer.body);
  if (!body.is_sound()) return {};
  return {std::string(body.root()["code"].as_text().value_or("")),
          std::string(body.root()["detail"].as_text().value_or(""))};
}

std::string describe(unsigned status, const node_problem& p) {
  std::string text = "the node answered " + std::to_string(status);
  if (!p.code.empty()) text += " " + p.code;
  if (!p.detail.empty()) text += ": " + p.detail;
  return text;
}

}  // namespace

replay_run::replay_run(parts p, const std::vector<kill_fault>& faults, std::uint64_t seed)
    : parts_(p),
      schedule_(p.plan.lanes, patience, seed),
      faults_(faults, p.plan.transfers()),
      group_(p.client.io()),
      beside_(p.client.io()),
      tick_(p.client.io().get_executor()) {}

task<void> replay_run::run() {
  started_ = now();
  const std::size_t n = std::min(parts_.plan.settings.connections, parts_.plan.lanes.size());
  for (std::size_t i = 0; i < n; ++i) group_.spawn(work(workers_.emplace_back(parts_.client)));
  beside_.spawn(show_progress());
  co_await group_.join();
  ended_ = now();
  tick_.cancel();
  co_await beside_.join();
}

task<void> replay_run::work(worker& w) {
  for (auto step = schedule_.take(); step; step = schedule_.take()) {
    const lifeline::time_point first_sent = now();
    co_await settle(w, *step);
    if (step->what == kind::transfer && !schedule_.failure()) note_transfer(now() - first_sent);
  }
  if (schedule_.failure()) wake_all();
  w.connection.hang_up();
}

task<void> replay_run::settle(worker& w, books::lane_step step) {
  while (!schedule_.failure()) {
    const trouble why = co_await ask(w, step);
    if (!why) co_return;
    const auto again = schedule_.failed(step, why->why, now(), why->retry_after);
    if (!again) co_return;
    co_await pause(w.pause_timer, *again);
  }
}

task<replay_run::trouble> replay_run::ask(worker& w, books::lane_step step) {
  std::string request;
  write(step, request);
  exchanged e = co_await w.connection.exchange(request);
  const bool is_there =
      step.what == kind::open_account && problem_of(e.answer).code == "already_exists";
  if (is_there) {
    parts_.client.get("/v1/accounts/" + parts_.plan.lanes[step.lane].id.str(), request);
    e = co_await w.connection.exchange(request);
  }
  trouble t = judge(step, e, is_there);
  co_return t;
}

/// `is_there`: the answer is that of a look at an account that existed before.
replay_run::trouble replay_run::judge(const books::lane_step& step, const exchanged& e,
                                      bool is_there) {
  if (e.error) {
    give_up_without_node();
    return setback{parts_.client.address().url() + " did not answer: " + e.error.message()};
  }
  const plain_answer& answer = e.answer;
  if (is_there && answer.status == 200 &&
      !is_planned_account(parts_.plan, step.lane, answer.body)) {
    const node_problem other{"already_exists", "the node has another account with this id"};
    schedule_.stop({step, describe(409, other)});
    return std::nullopt;
  }
  if (answer.status >= 200 && answer.status < 300) {
    schedule_.done(step, is_there || answer.replayed, now());
    return std::nullopt;
  }
  const node_problem p = problem_of(answer);
  if (is_worth_repeating(answer.status, p.code))
    return setback{describe(answer.status, p), answer.retry_after.value_or(std::chrono::seconds{})};
  schedule_.stop({step, describe(answer.status, p)});
  return std::nullopt;
}

void replay_run::write(const books::lane_step& step, std::string& request) const {
  if (step.what == kind::transfer)
    return parts_.client.post("/v1/transfers", {}, request, [&](std::string& body) {
      body += transfer_body(parts_.plan, step.lane, step.transfer);
    });
  const std::string key = "Idempotency-Key: " + parts_.plan.lanes[step.lane].id.str() + "\r\n";
  parts_.client.post("/v1/accounts", key, request,
                     [&](std::string& body) { body += account_body(parts_.plan, step.lane); });
}

/// Counts the answer and starts a fault if one is due.
void replay_run::note_transfer(lifeline::duration time) {
  numbers_.add({operation::transfer, time, time, {}, false, 1});
  if (!restarting_ && faults_.take_due(counts().transfers())) group_.spawn(restart_node());
}

task<void> replay_run::restart_node() {
  if (parts_.node == nullptr) co_return;
  const std::uint16_t port = parts_.client.address().port;
  parts_.node->kill();
  restarting_ = true;
  note_kill();
  const auto address = co_await parts_.node->start(port);
  restarting_ = false;
  note_restart(address);
}

void replay_run::note_kill() {
  parts_.display.note("killed the node after " + std::to_string(counts().transfers()) +
                      " transactions");
}

void replay_run::note_restart(const result<http_address>& address) {
  if (!address) return give_up("the node did not restart: " + address.error().text);
  ++restarts_;
  schedule_.restarted(now());
  parts_.display.note("the node serves again");
}

task<void> replay_run::show_progress() {
  progress_.total = parts_.plan.transfers();
  while (!ended_) {
    co_await pause(tick_, between_views);
    if (!ended_ && !parts_.display.is_due(seconds())) continue;
    progress_.update(counts().transfers(), seconds());
    const std::string line = progress_line(progress_);
    parts_.display.show(progress_.seconds, line + "\n", line);
  }
  parts_.display.end();
}

/// A node of the driver that died without a fault is not restarted.
void replay_run::give_up_without_node() {
  if (parts_.node == nullptr || restarting_) return;
  if (const auto gone = parts_.node->check_alive()) give_up(gone->text);
}

void replay_run::give_up(std::string why) {
  schedule_.stop({std::nullopt, std::move(why)});
  wake_all();
}

/// After a failure all workers end: pauses and exchanges are cancelled.
void replay_run::wake_all() {
  for (worker& w : workers_) {
    w.pause_timer.cancel();
    w.connection.hang_up();
  }
}

maybe_problem replay_run::failure() const {
  const auto& failure = schedule_.failure();
  if (!failure) return std::nullopt;
  if (!failure->step) return problem{failure->text};
  const books::lane_step& step = *failure->step;
  return problem{(step.what == kind::transfer
                      ? describe_transfer(parts_.plan, step.lane, step.transfer)
                      : describe_account(parts_.plan, step.lane)) +
                 ": " + failure->text};
}

double replay_run::seconds() const {
  return std::chrono::duration<double>(ended_.value_or(now()) - started_).count();
}

}  // namespace bank::driver
