#include "bank/driver/options.hpp"

#include <CLI/CLI.hpp>

#include "bank/driver/report.hpp"

namespace bank::driver {

namespace {

constexpr const char* what_it_is =
    "Drives a bank node through a scenario and gives a verdict: speed, and that no money was "
    "harmed.\nExit status: 0 all met, 1 a threshold missed, 2 an invariant broken, 3 the run "
    "itself failed.";

void add_run_options(CLI::App& run, run_options& o, bool& spawn) {
  run.add_option("SCENARIO", o.scenario, "A scenario file, or the name of a shipped one")
      ->required();
  auto* target = run.add_option("--target", o.target, "The node's address: http://HOST:PORT");
  auto* own = run.add_flag("--spawn", spawn,
                           "Start a node of one's own, the bank-node beside this program, on a "
                           "free port and an empty data folder, and stop it at the end");
  auto* inside = run.add_flag("--in-process", o.in_process,
                              "No node and no HTTP: a ledger in this process, on an empty folder");
  inside->excludes(target);
  inside->excludes(own);
  auto* token = run.add_option("--token", o.token, "An admin token of that node");
  auto* file = run.add_option("--token-file", o.token_file,
                              "The file that the token stands in, such as DATA_DIR/admin.token");
  own->excludes(target);
  own->excludes(token);
  own->excludes(file);
  token->excludes(file);
  run.add_option("--seed", o.seed, "Instead of the scenario's seed");
  run.add_option("--replay-dir", o.replay_dir, "Instead of the scenario's replay.dir");
  run.add_option("--report", o.report_dir,
                 "Write report.json, report.html and history.jsonl into this folder");
  run.add_option("--postgres-url", o.postgres_url,
                 "Where the PostgreSQL of a node of one's own is, instead of the scenario's");
  run.add_flag("--quiet", o.quiet, "No progress, only the verdict");
}

/// What CLI11 can't say by itself; empty when all is well.
std::string contradiction(const run_options& o, bool spawn) {
  if (o.in_process) return {};
  if (!spawn && o.target.empty())
    return "Which node? Say --target URL with --token or --token-file, --spawn, or --in-process.";
  if (!spawn && o.token.empty() && o.token_file.empty())
    return "--target needs an admin token of that node: --token T or --token-file FILE.";
  return {};
}

answered refuse(const std::string& why) {
  std::fprintf(stderr, "%s\nRun with --help for more information.\n", why.c_str());
  return {static_cast<int>(exit_status::run_failed)};
}

}  // namespace

command read_command_line(int argc, const char* const* argv, const std::string& version) {
  CLI::App app(what_it_is, "bank-driver");
  app.set_version_flag("--version", "bank-driver " + version);
  app.require_subcommand(1);
  run_options run;
  check_options check;
  bool spawn = false;
  auto* run_command = app.add_subcommand("run", "Run a scenario and give the verdict");
  add_run_options(*run_command, run, spawn);
  auto* list_command = app.add_subcommand("list", "List the shipped scenarios");
  auto* check_command = app.add_subcommand("check", "Read a scenario and its books; run nothing");
  compare_options compare;
  auto* compare_command = app.add_subcommand("compare", "Compare the reports of two runs");
  compare_command->add_option("BEFORE", compare.before, "A report.json")->required();
  compare_command->add_option("AFTER", compare.after, "Another one")->required();
  auto* schema_command = app.add_subcommand("schema", "Print the JSON Schema of scenario files");
  check_command->add_option("SCENARIO", check.scenario, "A scenario file, or a shipped one's name")
      ->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const bool is_answer = e.get_exit_code() == 0;
    app.exit(e);
    return answered{is_answer ? 0 : static_cast<int>(exit_status::run_failed)};
  }
  if (*list_command) return list_options{};
  if (*check_command) return check;
  if (*compare_command) return compare;
  if (*schema_command) return schema_options{};
  if (const std::string why = contradiction(run, spawn); !why.empty()) return refuse(why);
  return run;
}

}  // namespace bank::driver
