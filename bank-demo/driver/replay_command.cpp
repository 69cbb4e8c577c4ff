#include "driver/replay_command.hpp"

#include <utility>

#include "driver/audit.hpp"
#include "driver/run_to_end.hpp"

namespace bank::driver {

namespace {

problem not_checked(const problem& why) { return {"the result can't be checked: " + why.text}; }

}  // namespace

replay_command::replay_command(run_options o, scenario s, replay_plan plan)
    : options_(std::move(o)),
      scenario_(std::move(s)),
      plan_(std::move(plan)),
      node_(io_, options_, scenario_.node, false),
      display_(options_.quiet) {}

run_report replay_command::execute() {
  if (auto wrong = run_to_end(io_, drive(), [this](const auto& why) { interrupted(why); }))
    report_.failure = std::move(wrong);
  fill_report();
  if (report_.failure) report_.failure->text += node_.keep();
  return report_;
}

task<void> replay_command::drive() {
  maybe_problem wrong = co_await reach_node();
  if (!wrong) wrong = co_await replay();
  if (!wrong) wrong = co_await audit();
  maybe_problem stopped = co_await node_.stop();
  report_.failure = wrong ? std::move(wrong) : std::move(stopped);
}

task<maybe_problem> replay_command::reach_node() {
  maybe_problem wrong = co_await node_.reach();
  if (wrong) co_return wrong;
  auto client = http_client::make(io_, node_.address(), node_.token());
  if (!client) co_return client.error();
  client_.emplace(std::move(*client));
  co_return std::nullopt;
}

task<maybe_problem> replay_command::replay() {
  const replay_run::parts parts{*client_, plan_, node_.process(), display_};
  run_.emplace(parts, scenario_.kills, scenario_.seed);
  replaying_ = true;
  co_await run_->run();
  replaying_ = false;
  co_return run_->failure();
}

task<maybe_problem> replay_command::audit() {
  const auto found = co_await gather_evidence(*client_, plan_, plan_.settings.connections);
  if (!found) co_return not_checked(found.error());
  report_.findings = judge(plan_, *found);
  co_return std::nullopt;
}

void replay_command::interrupted(const std::string& why) {
  report_.failure = problem{why};
  if (!replaying_) return cancel_tasks(io_);
  run_->give_up(why);
}

void replay_command::fill_report() {
  report_.scenario = scenario_.name;
  report_.seed = scenario_.seed;
  report_.currency = plan_.settings.unit.code();
  report_.accounts = plan_.lanes.size();
  report_.transfers = plan_.transfers();
  if (!run_) return;
  report_.counts = run_->counts();
  report_.restarts = run_->restarts();
  report_.numbers = run_->numbers();
  report_.numbers.seconds = run_->seconds();
  report_.compare(scenario_.thresholds, report_.numbers);
}

}  // namespace bank::driver
