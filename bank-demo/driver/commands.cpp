#include "driver/commands.hpp"

#include <cstdio>

#include "bank/books/csv.hpp"
#include "driver/in_process/in_process_command.hpp"
#include "driver/replay_command.hpp"
#include "driver/run/compare.hpp"
#include "driver/run/load_command.hpp"
#include "driver/scenario/format.hpp"
#include "driver/scenario/shipped_scenarios.hpp"

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

result<replay_plan> load_plan(const replay_settings& r) {
  auto recorded = books::read_books(r.dir);
  if (!recorded) return problem{recorded.error().text()};
  return make_replay_plan(std::move(*recorded), r);
}

/// Prints a run's verdict and writes its report if wanted.
template <class Report>
int report_on(const run_options& o, const Report& report) {
  std::fputs(summary(report).c_str(), stdout);
  std::fflush(stdout);
  if (o.report_dir)
    if (const auto wrong = write_report(*o.report_dir, report)) return fail(*wrong);
  return static_cast<int>(report.status());
}

int run_replay(const run_options& o, scenario s) {
  if (o.replay_dir) s.replay->dir = *o.replay_dir;
  auto plan = load_plan(*s.replay);
  if (!plan) return fail(plan.error());
  replay_command replay(o, std::move(s), std::move(*plan));
  return report_on(o, replay.execute());
}

maybe_problem why_not(const run_options& o, const scenario& s) {
  if (o.in_process) return why_not_in_process(s);
  if (s.needs_own_node() && !o.target.empty())
    return problem{
        "the scenario has faults, which the driver injects only into a node that it starts: use "
        "--spawn instead of --target"};
  if (!s.replay && o.replay_dir)
    return problem{"--replay-dir needs a scenario with \"replay\", but this scenario makes load"};
  return std::nullopt;
}

}  // namespace

int run(const run_options& o) {
  auto s = load_scenario(o.scenario);
  if (!s) return fail(s.error());
  if (o.seed) s->seed = *o.seed;
  if (const auto wrong = why_not(o, *s)) return fail(*wrong);
  if (s->replay) return run_replay(o, std::move(*s));
  if (o.in_process) return report_on(o, run_in_process(o, *s));
  load_command load(o, std::move(*s));
  return report_on(o, load.execute());
}

int list(const list_options&) {
  for (const auto& file : shipped_scenarios()) {
    const auto s = read_scenario(file);
    std::printf("%-22s %s\n", file.stem().c_str(),
                s ? describe(*s).c_str() : s.error().text.c_str());
  }
  return 0;
}

int check(const check_options& o) {
  const auto s = load_scenario(o.scenario);
  if (!s) return fail(s.error());
  if (!s->replay) {
    std::printf("%s: no errors: %s\n", s->name.c_str(), describe(*s).c_str());
    return 0;
  }
  const auto plan = load_plan(*s->replay);
  if (!plan) return fail(plan.error());
  std::printf("%s: no errors: %s; %zu accounts, %zu transactions\n", s->name.c_str(),
              describe(*s).c_str(), plan->lanes.size(), plan->transfers());
  return 0;
}

int compare(const compare_options& o) {
  const auto before = books::read_file(o.before);
  if (!before) return fail({before.error().text()});
  const auto after = books::read_file(o.after);
  if (!after) return fail({after.error().text()});
  const auto text = compare_reports(*before, *after);
  if (!text) return fail(text.error());
  std::fputs(text->c_str(), stdout);
  return 0;
}

int schema(const schema_options&) {
  std::fputs(scenario_schema().c_str(), stdout);
  return 0;
}

}  // namespace bank::driver
