#include "driver/options.hpp"

#include <CLI/CLI.hpp>

#include "driver/judgement.hpp"

namespace bank::driver {

namespace {

// Lines of at most 100 columns; CLI11 indents those of an option by 30.
constexpr const char* what_it_is =
    "Sends scripted load or recorded books to a bank node, measures speed, and checks that no "
    "money\n"
    "is lost, invented or moved twice. Exit status: 0 all thresholds met and all invariants held,\n"
    "1 a threshold missed, 2 an invariant broken, 3 the run itself failed.";

void add_run_options(CLI::App& run, run_options& o, bool& spawn) {
  run.add_option("SCENARIO", o.scenario, "Scenario file, or name of a shipped scenario (see list)")
      ->required();
  auto* target =
      run.add_option("--target", o.target,
                     "Address of a running node: http://HOST:PORT; needs --token or\n--token-file");
  auto* own = run.add_flag("--spawn", spawn,
                           "Start the bank-node in this program's folder, on a free port and with\n"
                           "an empty data folder, and stop it at the end; default: off");
  auto* inside = run.add_flag("--in-process", o.in_process,
                              "Run a ledger in this process, without node and HTTP, on an empty\n"
                              "folder; default: off");
  inside->excludes(target);
  inside->excludes(own);
  auto* token = run.add_option("--token", o.token, "Admin token of the node at --target");
  auto* file = run.add_option("--token-file", o.token_file,
                              "File with the admin token of the node at --target, such as\n"
                              "DATA_DIR/admin.token");
  own->excludes(target);
  own->excludes(token);
  own->excludes(file);
  token->excludes(file);
  run.add_option("--seed", o.seed, "Seed of all random choices; default: the scenario's seed");
  run.add_option("--replay-dir", o.replay_dir,
                 "Folder with the recorded books to replay; default: the scenario's\nreplay.dir");
  run.add_option("--report", o.report_dir,
                 "Folder for the report: report.json; for a load also report.html and,\n"
                 "unless --in-process, history.jsonl; default: none");
  run.add_option("--postgres-url", o.postgres_url,
                 "PostgreSQL connection URL of the node that --spawn starts; default:\n"
                 "the scenario's node.postgres_url, then BANK_POSTGRES_URL");
  run.add_flag("--quiet", o.quiet, "No progress, only the verdict; default: off");
}

/// Missing options that CLI11 can't check; empty if none.
std::string missing_options(const run_options& o, bool spawn) {
  if (o.in_process) return {};
  if (!spawn && o.target.empty())
    return "no node is given: use --target URL with --token or --token-file, --spawn, or "
           "--in-process";
  if (!spawn && o.token.empty() && o.token_file.empty())
    return "--target needs an admin token of the node: --token TOKEN or --token-file FILE";
  return {};
}

answered refuse(const std::string& why) {
  std::fprintf(stderr, "bank-driver: %s; see bank-driver --help\n", why.c_str());
  return {static_cast<int>(exit_status::run_failed)};
}

}  // namespace

command read_command_line(int argc, const char* const* argv, const std::string& version) {
  CLI::App app(what_it_is, "bank-driver");
  app.set_version_flag("--version", "bank-driver " + version);
  app.require_subcommand(0, 1);
  run_options run;
  check_options check;
  bool spawn = false;
  auto* run_command = app.add_subcommand("run", "Run a scenario and print the verdict");
  add_run_options(*run_command, run, spawn);
  auto* list_command = app.add_subcommand("list", "List the shipped scenarios with their purpose");
  auto* check_command = app.add_subcommand(
      "check", "Check a scenario file and its recorded books for errors; runs nothing");
  compare_options compare;
  auto* compare_command = app.add_subcommand("compare", "Compare the reports of two load runs");
  compare_command->add_option("BEFORE", compare.before, "report.json of the first run")->required();
  compare_command->add_option("AFTER", compare.after, "report.json of the second run")->required();
  auto* schema_command = app.add_subcommand("schema", "Print the JSON Schema of scenario files");
  check_command
      ->add_option("SCENARIO", check.scenario, "Scenario file, or name of a shipped scenario")
      ->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() != 0) return refuse(e.what());
    return answered{app.exit(e)};
  }
  if (*list_command) return list_options{};
  if (*check_command) return check;
  if (*compare_command) return compare;
  if (*schema_command) return schema_options{};
  if (!*run_command) return refuse("no command is given: run, list, check, compare or schema");
  if (const std::string why = missing_options(run, spawn); !why.empty()) return refuse(why);
  return run;
}

}  // namespace bank::driver
