#include "bank/node/program.hpp"

#include <charconv>
#include <optional>
#include <ostream>

#include "bank/api/http/fields.hpp"
#include "bank/json/utf8.hpp"
#include "bank/node/import/import_command.hpp"
#include "bank/node/maintenance.hpp"
#include "bank/node/process.hpp"
#include "bank/node/run_node.hpp"
#include "bank/node/stores.hpp"
#include "bank/node/tokens.hpp"
#include "bank/storage/startup_error.hpp"
#include "lifeline/context/context.hpp"

namespace bank::node {
namespace {

exit_status report(const std::vector<std::string>& problems, std::ostream& err) {
  for (const std::string& p : problems) err << "bank-node: " << p << '\n';
  return exit_status::usage;
}

/// Applies the API's rules for an account's owner.
std::optional<std::string> wrong_owner(const std::string& owner) {
  if (!json::is_utf8(owner)) return "--owner is not UTF-8";
  const auto why = json::broken_by(owner, {128, true, false});
  return why ? std::optional("--owner " + *why) : std::nullopt;
}

std::optional<std::int64_t> parse_limit(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value >= 0 && value <= lifeline::ledger::max_minor ? std::optional(value) : std::nullopt;
}

exit_status migrate(const invocation& in, std::ostream& out) {
  for (const std::string& line : migrate_stores(in.config)) out << line << '\n';
  return exit_status::clean;
}

exit_status import_into(const invocation& in, std::ostream& out, std::ostream& err) {
  import_request r{in.file, {}, 0, in.owner};
  const auto unit = lifeline::ledger::currency::parse(in.currency);
  if (!unit)
    return report(
        {"--currency is \"" + in.currency + "\", but must be an ISO 4217 currency, such as CZK"},
        err);
  r.unit = *unit;
  if (!in.overdraft_limit.empty()) {
    const auto limit = parse_limit(in.overdraft_limit);
    if (!limit)
      return report({"--overdraft-limit is \"" + in.overdraft_limit +
                     "\", but must be an integer from 0 to 9007199254740991"},
                    err);
    r.overdraft_limit = *limit;
  }
  if (const auto why = wrong_owner(in.owner)) return report({*why}, err);
  return import_books(in.config, r, out, err);
}

exit_status create_token(const invocation& in, std::ostream& out, std::ostream& err) {
  const auto granted = storage::parse_role(in.role);
  if (!granted)
    return report({"--role is \"" + in.role + "\", but must be admin, customer or auditor"}, err);
  if (*granted == storage::role::customer && in.owner.empty())
    return report({"a customer's token needs --owner: the owner of the accounts"}, err);
  if (const auto why = wrong_owner(in.owner)) return report({*why}, err);
  const auto tokens = open_tokens(in.config);
  const auto secret =
      issue_token(lifeline::background(), *tokens, *granted, in.owner.empty() ? in.role : in.owner);
  if (!secret) throw storage::startup_error("the token can't be stored: " + secret.error().detail);
  out << *secret << '\n';
  return exit_status::clean;
}

exit_status run_command(const invocation& in, std::ostream& out, std::ostream& err) {
  switch (in.what) {
    case command::print: out << in.output; return exit_status::clean;
    case command::check_config: out << in.file << ": no errors\n"; return exit_status::clean;
    case command::migrate: return migrate(in, out);
    case command::verify: return verify(in.config, out, err);
    case command::back_up: return back_up(in.config, in.file, out, err);
    case command::import_books: return import_into(in, out, err);
    case command::create_token: return create_token(in, out, err);
    case command::run: return run_node(in.config, out);
  }
  return exit_status::failed;
}

}  // namespace

exit_status run_program(std::vector<std::string> arguments, const environment& variables,
                        std::ostream& out, std::ostream& err) {
  prepare_process();
  const invocation in = read_options(std::move(arguments), variables);
  if (!in.problems.empty()) return report(in.problems, err);
  try {
    return run_command(in, out, err);
  } catch (const std::exception& e) {
    err << "bank-node: " << e.what() << std::endl;
    return exit_status::failed;
  }
}

}  // namespace bank::node
