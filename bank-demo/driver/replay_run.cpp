#include "driver/replay_run.hpp"

#include <algorithm>

#include "bank/json/document.hpp"

namespace bank::driver {

namespace {

using kind = replay_step::kind;

lifeline::time_point now() { return lifeline::process_clock().now(); }

std::vector<std::size_t> lane_lengths(const replay_plan& plan) {
  std::vector<std::size_t> lengths;
  for (const replay_lane& lane : plan.lanes) lengths.push_back(lane.transfers.size());
  return lengths;
}

/// The parts that decisions depend on; only a problem's body is parsed.
node_answer digest(const http_answer& answer) {
  node_answer a{answer.status, {}, {}, answer.replayed, answer.retry_after};
  if (a.status < 400) return a;
  const json::document body(answer.body);
  if (!body.is_sound()) return a;
  a.code = body.root()["code"].as_text().value_or("");
  a.detail = body.root()["detail"].as_text().value_or("");
  return a;
}

}  // namespace

replay_run::replay_run(parts p, const std::vector<kill_fault>& faults, std::uint64_t seed)
    : parts_(p),
      core_(lane_lengths(p.plan), {}, seed),
      faults_(faults, p.plan.transfers()),
      group_(p.io),
      tick_(p.io.get_executor()) {}

task<void> replay_run::run() {
  started_ = now();
  const std::size_t n = std::min(parts_.plan.settings.connections, parts_.plan.lanes.size());
  for (std::size_t i = 0; i < n; ++i) group_.spawn(work(workers_.emplace_back(parts_)));
  task_group display(parts_.io);
  display.spawn(show_progress());
  co_await group_.join();
  ended_ = now();
  tick_.cancel();
  co_await display.join();
}

task<void> replay_run::work(worker& w) {
  replay_action next = core_.begin(now());
  while (const auto* send = std::get_if<send_step>(&next)) {
    if (send->after > lifeline::duration::zero()) {
      co_await pause(w.pause_timer, send->after);
      if (core_.failure()) co_return;
    }
    const replay_step step = send->step;
    next = co_await perform(w, step);
  }
  w.connection.close();
}

task<replay_action> replay_run::perform(worker& w, const replay_step& step) {
  if (w.current != step) {
    w.current = step;
    w.first_sent = now();
  }
  const std::string request = request_of(step);
  const http_answer answer = co_await w.connection.exchange(request);
  const std::size_t before = core_.counts().acknowledged;
  const replay_action next = evaluate(step, answer);
  after_answer(w, step, before);
  co_return next;
}

replay_action replay_run::evaluate(const replay_step& step, const http_answer& answer) {
  if (answer.error) {
    give_up_without_node();
    const std::string where = parts_.client.address().url();
    return core_.lost(step, where + " did not answer: " + answer.error.message(), now());
  }
  if (step.what == kind::find_account && answer.status == 200 &&
      !is_planned_account(parts_.plan, step.lane, answer.body))
    return core_.answered(
        step,
        {409, "already_exists", "the node has another account with this id", false, std::nullopt},
        now());
  return core_.answered(step, digest(answer), now());
}

std::string replay_run::request_of(const replay_step& step) const {
  const std::string id = parts_.plan.lanes[step.lane].id.str();
  switch (step.what) {
    case kind::open_account:
      return parts_.client.post("/v1/accounts", account_body(parts_.plan, step.lane), id);
    case kind::find_account: return parts_.client.get("/v1/accounts/" + id);
    case kind::transfer: break;
  }
  return parts_.client.post("/v1/transfers", transfer_body(parts_.plan, step.lane, step.transfer));
}

/// Counts the answer and starts a fault if one is due.
void replay_run::after_answer(worker& w, const replay_step& step, std::size_t acknowledged_before) {
  if (core_.failure()) return wake_all();
  if (core_.counts().acknowledged == acknowledged_before) return;
  if (step.what == kind::transfer) times_.add(now() - w.first_sent);
  w.current.reset();
  if (!restarting_ && faults_.take_due(core_.counts().acknowledged)) group_.spawn(restart_node());
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
  parts_.display.note("killed the node after " + std::to_string(core_.counts().acknowledged) +
                      " transactions");
}

void replay_run::note_restart(const result<http_address>& address) {
  if (!address) return give_up("the node did not restart: " + address.error().text);
  ++restarts_;
  core_.restarted(now());
  parts_.display.note("the node serves again");
}

task<void> replay_run::show_progress() {
  while (!ended_) {
    co_await pause(tick_, parts_.display.interval());
    parts_.display.show(core_.counts().acknowledged, core_.transfers(), seconds());
  }
  parts_.display.end();
}

/// A node of the driver that died without a fault is not restarted.
void replay_run::give_up_without_node() {
  if (parts_.node == nullptr || restarting_) return;
  if (const auto gone = parts_.node->check_alive()) give_up(gone->text);
}

void replay_run::give_up(std::string why) {
  core_.give_up(std::move(why));
  wake_all();
}

/// After a failure all workers end: pauses and exchanges are cancelled.
void replay_run::wake_all() {
  for (worker& w : workers_) {
    w.pause_timer.cancel();
    w.connection.close();
  }
}

maybe_problem replay_run::failure() const {
  const auto& failure = core_.failure();
  if (!failure) return std::nullopt;
  if (!failure->step) return problem{failure->text};
  const replay_step& step = *failure->step;
  return problem{(step.what == kind::transfer
                      ? describe_transfer(parts_.plan, step.lane, step.transfer)
                      : describe_account(parts_.plan, step.lane)) +
                 ": " + failure->text};
}

double replay_run::seconds() const {
  return std::chrono::duration<double>(ended_.value_or(now()) - started_).count();
}

}  // namespace bank::driver
