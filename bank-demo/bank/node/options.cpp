#include "bank/node/options.hpp"

#include <unistd.h>

#include <string_view>

#include "bank/node/command_line.hpp"
#include "bank/node/config_file.hpp"
#include "bank/node/option_table.hpp"
#include "bank/node/suggestion.hpp"

namespace bank::node {
namespace {

constexpr std::string_view prefix = "BANK_";
constexpr std::string_view config_variable = "BANK_CONFIG";
/// A fault for tests: not an option, so that no configuration file can contain it.
constexpr std::string_view crash_variable = "BANK_FAULT_CRASH_ACTOR";

const option* option_of(std::string_view variable) {
  for (const option& o : option_table())
    if (o.variable() == variable) return &o;
  return nullptr;
}

std::string unknown_variable(const std::string& name) {
  if (const option* o = find_renamed(name))
    return name + ": unknown variable; it was renamed: write " + o->variable();
  std::vector<std::string> known{std::string(config_variable)};
  for (const option& o : option_table()) known.push_back(o.variable());
  const auto near = nearest_name(name, known);
  return name + ": unknown variable" +
         (near ? "; did you mean " + *near + "?" : "; unset it, or see --help for the options");
}

std::optional<std::string> config_file_in(const environment& variables) {
  for (const auto& [name, value] : variables)
    if (name == config_variable && !value.empty()) return value;
  return std::nullopt;
}

/// Whether a number and a protocol follow `part` in `text`, as in `_PORT_80_TCP`.
bool has_numbered_port(std::string_view text, std::string_view part) {
  const auto at = text.find(part);
  if (at == std::string_view::npos) return false;
  const std::string_view rest = text.substr(at + part.size());
  const auto digits = rest.find_first_not_of("0123456789");
  if (digits == 0 || digits == std::string_view::npos) return false;
  const std::string_view protocol = rest.substr(digits);
  return protocol.starts_with("_TCP") || protocol.starts_with("_UDP") ||
         protocol.starts_with("_SCTP");
}

/// Kubernetes sets variables in each pod for each service of the namespace. For a service bank or
/// bank-NAME: BANK_SERVICE_HOST, BANK_SERVICE_PORT, BANK_SERVICE_PORT_HTTP,
/// BANK_PORT=tcp://10.0.0.1:80, BANK_PORT_80_TCP, BANK_PORT_80_TCP_ADDR and the like.
bool is_set_by_kubernetes(std::string_view name, std::string_view value) {
  return name.ends_with("_SERVICE_HOST") || name.ends_with("_SERVICE_PORT") ||
         name.find("_SERVICE_PORT_") != std::string_view::npos ||
         has_numbered_port(name, "_PORT_") ||
         (name.ends_with("_PORT") && value.find("://") != std::string_view::npos);
}

std::string set_by_kubernetes(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
  return all + (names.size() == 1 ? " is" : " are") +
         " set by Kubernetes for a service whose name begins with bank: set "
         "\"enableServiceLinks: false\" in the pod's spec, or rename the service";
}

}  // namespace

environment current_environment() {
  environment variables;
  for (char** at = environ; *at != nullptr; ++at) {
    const std::string_view entry(*at);
    const auto equals = entry.find('=');
    if (equals != std::string_view::npos)
      variables.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return variables;
}

void apply_environment(const environment& variables, settings& s) {
  std::vector<std::string> from_kubernetes;
  for (const auto& [name, value] : variables) {
    if (!name.starts_with(prefix) || name == config_variable || value.empty()) continue;
    if (is_set_by_kubernetes(name, value)) {
      from_kubernetes.push_back(name);
      continue;
    }
    if (name == crash_variable) {
      s.config.crash_actor = value;
      continue;
    }
    const option* o = option_of(name);
    if (o == nullptr)
      s.problems.push_back(unknown_variable(name));
    else
      s.set(*o, parse_value(*o, value), name);
  }
  if (!from_kubernetes.empty()) s.problems.push_back(set_by_kubernetes(from_kubernetes));
}

invocation read_options(std::vector<std::string> arguments, const environment& variables) {
  command_line given = parse_command_line(std::move(arguments));
  invocation in;
  in.what = given.what;
  in.file = std::move(given.file);
  in.role = std::move(given.role);
  in.owner = std::move(given.owner);
  in.currency = std::move(given.currency);
  in.overdraft_limit = std::move(given.overdraft_limit);
  in.output = std::move(given.output);
  in.problems = std::move(given.problems);
  if (in.what == command::print || !in.problems.empty()) return in;
  settings s;
  if (in.what == command::check_config) {
    if (given.config) s.problems.emplace_back("check-config checks FILE: leave --config out");
    given.config = in.file;
  }
  if (!given.config) given.config = config_file_in(variables);
  if (given.config) apply_file(*given.config, s);
  apply_environment(variables, s);
  for (const auto& [o, text] : given.options) s.set(*o, parse_value(*o, text), o->flag());
  check_whole(s);
  in.config = std::move(s.config);
  in.problems = std::move(s.problems);
  return in;
}

}  // namespace bank::node
