#include "bank/driver/commands.hpp"

#include <cstdio>

#include "bank/driver/replay_command.hpp"
#include "bank/driver/shipped_scenarios.hpp"

namespace bank::driver {

namespace {

int fail(const problem& p) {
  std::fprintf(stderr, "bank-driver: %s\n", p.text.c_str());
  return static_cast<int>(exit_status::run_failed);
}

result<scenario> load_scenario(const std::string& name) {
  const auto file = find_scenario(name);
  if (!file) return file.error();
  return read_scenario(*file);
}

result<replay_plan> load_plan(const scenario& s) {
  auto recorded = books::read_books(s.replay.dir);
  if (!recorded) return problem{recorded.error().text()};
  return make_replay_plan(std::move(*recorded), s.replay);
}

}  // namespace

int run(const run_options& o) {
  auto s = load_scenario(o.scenario);
  if (!s) return fail(s.error());
  if (o.seed) s->seed = *o.seed;
  if (o.replay_dir) s->replay.dir = *o.replay_dir;
  if (!s->faults.empty() && !o.target.empty())
    return fail(
        {"the scenario kills the node, which the driver does to none but its own: use "
         "--spawn instead of --target"});
  auto plan = load_plan(*s);
  if (!plan) return fail(plan.error());
  replay_command replay(o, std::move(*s), std::move(*plan));
  const run_report report = replay.execute();
  std::fputs(summary(report).c_str(), stdout);
  std::fflush(stdout);
  if (o.report_dir)
    if (const auto wrong = write_report(*o.report_dir, report)) return fail(*wrong);
  return static_cast<int>(report.status());
}

int list(const list_options&) {
  for (const auto& file : shipped_scenarios()) {
    const auto s = read_scenario(file);
    std::printf("%-16s %s\n", file.stem().c_str(),
                s ? describe(*s).c_str() : s.error().text.c_str());
  }
  return 0;
}

int check(const check_options& o) {
  const auto s = load_scenario(o.scenario);
  if (!s) return fail(s.error());
  const auto plan = load_plan(*s);
  if (!plan) return fail(plan.error());
  std::printf("%s: fine: %s; %zu accounts, %zu transactions\n", s->name.c_str(),
              describe(*s).c_str(), plan->lanes.size(), plan->transfers());
  return 0;
}

}  // namespace bank::driver
