#include "bank/node/command_line.hpp"

#include <algorithm>
#include <map>

#include <CLI/CLI.hpp>

#include "bank/node/suggestion.hpp"
#include "bank/node/version.hpp"

namespace bank::node {
namespace {

constexpr const char* about =
    "A bank in one program: accounts and transfers over HTTP, with an embedded store.\n"
    "Without a command it runs the node.\n"
    "Each option can also be set in the configuration file and in the environment:\n"
    "--http-threads is \"http\": {\"threads\": ...} and BANK_HTTP_THREADS. The command line\n"
    "overrides the environment, the environment overrides the file. The commands take the\n"
    "same options. An option with the default true or false is switched on by its name alone,\n"
    "and set with =: --demo, --metrics-enabled=false. Counts, sizes and durations are upper\n"
    "limits unless the text says otherwise.";

/// Columns of a line of the help, and of the names at its left.
constexpr std::size_t width = 100;
constexpr std::size_t names_width = 30;

/// Broken into lines; CLI11 indents each.
std::string wrapped(std::string text) {
  std::size_t begin = 0;
  while (text.size() - begin > width - names_width) {
    const auto space = text.rfind(' ', begin + width - names_width);
    if (space == text.npos || space <= begin) break;
    text[space] = '\n';
    begin = space + 1;
  }
  return text;
}

std::string group_of(const option& o) {
  return o.section().empty() ? "Options" : "Options: " + std::string(o.section());
}

std::string help_of(const option& o) {
  const std::string text = default_text(o);
  return wrapped(std::string(o.help) + "; default: " + (text == "\"\"" ? "empty" : text));
}

// The parser, with its options and commands declared.
class parser {
 public:
  parser() {
    app_.set_version_flag("--version", "bank-node " + std::string(version));
    app_.allow_extras();
    app_.require_subcommand(0, 1);
    config_ = declare("--config", "Configuration file (JSON, comments allowed); default: none");
    for (const option& o : option_table()) declare(o);
    check_ =
        command("check-config",
                "Check FILE together with the environment and the options given, and print every "
                "error a start would find; opens no port and no connection");
    file_ = check_->add_option("FILE", CLI::callback_t{}, "Configuration file to check");
    migrate_ = command(
        "migrate",
        "Bring the store to the schema of this version; with sqlite no node may be running");
    verify_ =
        command("verify",
                "Check the whole ledger as of one moment, also while a node runs; exit status 0: "
                "whole, 1: broken");
    backup_ =
        command("backup", "Copy the ledger into a new file, also while a node runs; sqlite only");
    backup_file_ = backup_->add_option("FILE", CLI::callback_t{}, "File to create");
    declare_import();
    CLI::App* token = command("token", "Tokens for the API");
    token->require_subcommand(0, 1);
    create_ =
        token->add_subcommand("create", "Create a token and print it; it cannot be printed again");
    create_->fallthrough();
    role_ = create_->add_option("--role", CLI::callback_t{},
                                "Role of the token: admin, customer or auditor");
    owner_ = create_->add_option("--owner", CLI::callback_t{},
                                 wrapped("Owner whose accounts the token gives access to; required "
                                         "for a customer; default: the role"));
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
      out.problems.push_back(problem_of(e));
      return out;
    }
    collect(out);
    return out;
  }

 private:
  using command_enum = bank::node::command;

  static std::string problem_of(const CLI::ParseError& e) {
    const std::string text = e.what();
    const bool lacks_value = dynamic_cast<const CLI::ArgumentMismatch*>(&e) != nullptr;
    return (lacks_value ? text.substr(0, text.find(':')) + " needs a value" : text) +
           "; see bank-node --help";
  }

  CLI::App* command(const std::string& name, const std::string& help) {
    CLI::App* sub = app_.add_subcommand(name, wrapped(help));
    sub->fallthrough();
    sub->footer("The options of bank-node may follow, such as --data-dir: see bank-node --help.");
    commands_.push_back(name);
    return sub;
  }

  void declare_import() {
    import_ =
        command("import",
                "Import recorded books (accounts.csv, transactions.csv, closing_balances.csv) "
                "into the data folder; no node may be running; an interrupted import "
                "continues when run again; sqlite only");
    folder_ = import_->add_option("DIR", CLI::callback_t{}, "Folder with the recorded books");
    currency_ = import_->add_option("--currency", CLI::callback_t{},
                                    "ISO 4217 currency of the books, such as CZK");
    overdraft_ = import_->add_option("--overdraft-limit", CLI::callback_t{},
                                     "Overdraft limit of each account in minor units; default: 0");
    import_owner_ =
        import_->add_option("--owner", CLI::callback_t{},
                            "Owner of the accounts; default: a name derived from the import");
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
    if (o.is_switch()) {
      known_.push_back(o.flag());
      made = app_.add_flag(o.flag())->description(help_of(o));
    } else {
      made = declare(o.flag(), help_of(o));
    }
    // Hidden from the help if this version does not support it.
    made->group(o.is_planned() ? "" : group_of(o));
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
      out.file = required(file_, "check-config needs FILE, the configuration file to check", out);
    } else if (migrate_->parsed()) {
      out.what = command_enum::migrate;
    } else if (verify_->parsed()) {
      out.what = command_enum::verify;
    } else if (backup_->parsed()) {
      out.what = command_enum::back_up;
      out.file = required(backup_file_, "backup needs FILE, the file to copy the ledger into", out);
    } else if (import_->parsed()) {
      collect_import(out);
    } else if (create_->parsed()) {
      out.what = command_enum::create_token;
      out.role = required(role_, "token create needs --role: admin, customer or auditor", out);
      out.owner = once(owner_, out).value_or("");
    } else if (token_->parsed() && out.problems.empty()) {
      out.problems.emplace_back("token needs a command: token create --role ROLE");
    }
  }

  void collect_import(command_line& out) {
    out.what = command_enum::import_books;
    out.file = required(folder_, "import needs DIR, the folder with the recorded books", out);
    out.currency =
        required(currency_, "import needs --currency, the currency of the recorded books", out);
    out.overdraft_limit = once(overdraft_, out).value_or("");
    out.owner = once(import_owner_, out).value_or("");
  }

  // The option's value; giving it more than once is an error.
  static std::optional<std::string> once(const CLI::Option* o, command_line& out) {
    if (o->count() == 0) return std::nullopt;
    if (o->results().size() > 1) out.problems.push_back(o->get_name() + " is given more than once");
    return o->results().front();
  }

  static std::string required(const CLI::Option* o, const char* if_missing, command_line& out) {
    auto given = once(o, out);
    if (!given && out.problems.empty()) out.problems.emplace_back(if_missing);
    return given.value_or("");
  }

  void refuse_extras(command_line& out) {
    const std::vector<std::string> extras = app_.remaining(true);
    if (extras.empty()) return;
    const std::string name = extras.front().substr(0, extras.front().find('='));
    const bool is_option = name.starts_with('-');
    out.problems.push_back(name + (is_option ? ": unknown option" : ": unknown command") +
                           hint_for(name, is_option));
  }

  std::string hint_for(const std::string& name, bool is_option) const {
    if (const option* o = find_renamed(name)) return "; it was renamed: write " + o->flag();
    if (const auto near = nearest_name(name, is_option ? known_ : commands_))
      return "; did you mean " + *near + '?';
    for (const auto& [o, given] : declared_)
      if (!is_option && o->is_switch() && given->count() > 0)
        return "; a value of " + o->flag() + " follows =: " + o->flag() + "=false";
    return "; see bank-node --help";
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
