#include "bank/node/command_line.hpp"

#include <algorithm>
#include <map>

#include <CLI/CLI.hpp>

#include "bank/node/suggestion.hpp"
#include "bank/node/version.hpp"

namespace bank::node {
namespace {

constexpr const char* about =
    "A bank in one program: accounts and transfers over HTTP, on an embedded store.\n"
    "Every option can also stand in the configuration file and in the environment\n"
    "(--http-threads is \"http\": {\"threads\": ...} and BANK_HTTP_THREADS); the command\n"
    "line counts before the environment, the environment before the file.";

std::string group_of(const option& o) {
  return o.section().empty() ? "Options" : "Options: " + std::string(o.section());
}

std::string help_of(const option& o) { return std::string(o.help) + " (" + default_text(o) + ')'; }

// The parser, with its options and commands declared.
class parser {
 public:
  parser() {
    app_.set_version_flag("--version", "bank-node " + std::string(version));
    app_.allow_extras();
    app_.require_subcommand(0, 1);
    config_ = declare("--config", "the configuration file");
    for (const option& o : option_table()) declare(o);
    check_ =
        command("check-config",
                "say what a start with this configuration file would find wrong, with the "
                "environment and the options given; no port is taken, nothing is connected to");
    file_ = check_->add_option("FILE", CLI::callback_t{}, "the configuration file");
    migrate_ = command("migrate", "bring the store to this version's schema");
    verify_ = command("verify", "check the books, from one moment, also beside a running node");
    backup_ = command("backup", "copy the books into a new file, also beside a running node");
    backup_file_ = backup_->add_option("FILE", CLI::callback_t{}, "the new file");
    declare_import();
    CLI::App* token = command("token", "tokens that open the API");
    token->require_subcommand(0, 1);
    create_ = token->add_subcommand("create", "make a token and print it, this one time");
    create_->fallthrough();
    role_ = create_->add_option("--role", CLI::callback_t{}, "admin, customer or auditor");
    owner_ = create_->add_option("--owner", CLI::callback_t{}, "whose accounts it opens");
    token_ = token;
  }

  command_line parse(std::vector<std::string> arguments) {
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    command_line out;
    try {
      app_.parse(std::move(arguments));
    } catch (const CLI::Success& asked) {
      out.what = command::print;
      out.output = text_of(asked);
      return out;
    } catch (const CLI::ParseError& e) {
      out.problems.push_back(std::string(e.what()) + "; see bank-node --help");
      return out;
    }
    collect(out);
    return out;
  }

 private:
  using command_enum = bank::node::command;

  CLI::App* command(const std::string& name, const std::string& help) {
    CLI::App* sub = app_.add_subcommand(name, help);
    sub->fallthrough();
    commands_.push_back(name);
    return sub;
  }

  void declare_import() {
    import_ = command("import",
                      "bring recorded books (accounts.csv, transactions.csv, closing_balances.csv) "
                      "into the data folder, which no node may be using; run again, it goes on");
    folder_ = import_->add_option("DIR", CLI::callback_t{}, "the folder with the books");
    currency_ = import_->add_option("--currency", CLI::callback_t{}, "of the books, as CZK");
    overdraft_ = import_->add_option("--overdraft-limit", CLI::callback_t{},
                                     "of each account, in minor units (0)");
    import_owner_ = import_->add_option("--owner", CLI::callback_t{},
                                        "whose the accounts will be (one named for the import)");
  }

  CLI::Option* declare(const std::string& flag, const std::string& help) {
    known_.push_back(flag);
    return app_.add_option(flag, CLI::callback_t{}, help)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name("");
  }

  void declare(const option& o) {
    CLI::Option* made = nullptr;
    if (std::holds_alternative<on_or_off>(o.shape)) {
      known_.push_back(o.flag());
      made = app_.add_flag(o.flag())->description(help_of(o));
    } else {
      made = declare(o.flag(), help_of(o));
    }
    // Hidden from the help where this version does not have it.
    made->group(std::holds_alternative<planned>(o.shape) ? "" : group_of(o));
    declared_[&o] = made;
  }

  std::string text_of(const CLI::Success& asked) {
    std::ostringstream text;
    app_.exit(asked, text, text);
    return text.str();
  }

  void collect(command_line& out) {
    refuse_extras(out);
    if (auto given = once(config_, out)) out.config = *given;
    for (const option& o : option_table())
      if (auto given = once(declared_.at(&o), out)) out.options.emplace_back(&o, *given);
    if (check_->parsed()) {
      out.what = command_enum::check_config;
      out.file = required(file_, "check-config wants the FILE to check", out);
    } else if (migrate_->parsed()) {
      out.what = command_enum::migrate;
    } else if (verify_->parsed()) {
      out.what = command_enum::verify;
    } else if (backup_->parsed()) {
      out.what = command_enum::back_up;
      out.file = required(backup_file_, "backup wants the FILE to copy the books into", out);
    } else if (import_->parsed()) {
      collect_import(out);
    } else if (create_->parsed()) {
      out.what = command_enum::create_token;
      out.role = required(role_, "token create wants --role admin, customer or auditor", out);
      out.owner = once(owner_, out).value_or("");
    } else if (token_->parsed() && out.problems.empty()) {
      out.problems.emplace_back("token wants to be told what to do: token create --role R");
    }
  }

  void collect_import(command_line& out) {
    out.what = command_enum::import_books;
    out.file = required(folder_, "import wants the DIR with the books", out);
    out.currency = required(currency_, "import wants --currency, that of the books", out);
    out.overdraft_limit = once(overdraft_, out).value_or("");
    out.owner = once(import_owner_, out).value_or("");
  }

  // What stands for the option, which may be given once.
  static std::optional<std::string> once(const CLI::Option* o, command_line& out) {
    if (o->count() == 0) return std::nullopt;
    if (o->results().size() > 1) out.problems.push_back(o->get_name() + " is given twice");
    return o->results().front();
  }

  static std::string required(const CLI::Option* o, const char* otherwise, command_line& out) {
    auto given = once(o, out);
    if (!given && out.problems.empty()) out.problems.emplace_back(otherwise);
    return given.value_or("");
  }

  void refuse_extras(command_line& out) {
    const std::vector<std::string> extras = app_.remaining(true);
    if (extras.empty()) return;
    const std::string name = extras.front().substr(0, extras.front().find('='));
    const bool is_option = name.starts_with('-');
    const auto near = nearest_name(name, is_option ? known_ : commands_);
    out.problems.push_back(name + (is_option ? " is not an option" : " is not a command") +
                           (near ? "; did you mean " + *near + '?' : "; see bank-node --help"));
  }

  CLI::App app_{about, "bank-node"};
  CLI::App* check_ = nullptr;
  CLI::App* migrate_ = nullptr;
  CLI::App* verify_ = nullptr;
  CLI::App* backup_ = nullptr;
  CLI::Option* backup_file_ = nullptr;
  CLI::App* import_ = nullptr;
  CLI::Option* folder_ = nullptr;
  CLI::Option* currency_ = nullptr;
  CLI::Option* overdraft_ = nullptr;
  CLI::Option* import_owner_ = nullptr;
  CLI::App* token_ = nullptr;
  CLI::App* create_ = nullptr;
  CLI::Option* config_ = nullptr;
  CLI::Option* file_ = nullptr;
  CLI::Option* role_ = nullptr;
  CLI::Option* owner_ = nullptr;
  std::map<const option*, CLI::Option*> declared_;
  std::vector<std::string> known_{"--help",  "--version",  "--role",
                                  "--owner", "--currency", "--overdraft-limit"};
  std::vector<std::string> commands_;
};

}  // namespace

command_line parse_command_line(std::vector<std::string> arguments) {
  return parser().parse(std::move(arguments));
}

}  // namespace bank::node
