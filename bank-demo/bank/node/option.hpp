#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include <boost/system/result.hpp>

#include "bank/json/shape.hpp"
#include "bank/node/configuration.hpp"

namespace bank::node {

/// An option's value, from any source.
using option_value = std::variant<bool, std::int64_t, std::string>;

/// One setting. Its key in the file is a path (section and name); the other names are derived from
/// it: `http.idle_timeout_ms` is `--http-idle-timeout-ms` on the command line and
/// `BANK_HTTP_IDLE_TIMEOUT_MS` in the environment.
struct option {
  std::string_view path;
  std::string_view help;
  json::shape shape;
  option_value (*get)(const configuration&) = nullptr;  // null where planned
  void (*set)(configuration&, const option_value&) = nullptr;
  bool secret = false;  ///< its value is never printed
  /// Says what is wrong with a non-empty text of the right shape; empty: nothing. Null: no check.
  std::string (*wrong)(std::string_view text) = nullptr;

  /// Does this version not support it yet? It is then refused by name, never accepted silently.
  bool is_planned() const noexcept { return get == nullptr; }
  bool is_switch() const noexcept { return shape.what == json::shape::kind::boolean; }
  std::string flag() const;
  std::string variable() const;
  /// "http" of "http.threads"; empty for a top-level key.
  std::string_view section() const noexcept;
};

/// Why a value is refused, after the option's name: `is "many", but must be ...`.
struct bad_value {
  std::string what;
};
[[noreturn]] void throw_exception_from_error(const bad_value& e, const boost::source_location&);

/// The value as the file spells it.
std::string shown(const option_value& v);
/// Checks type, range and the option's own rule.
boost::system::result<option_value, bad_value> check_value(const option& o, option_value v);
/// Parses a value from the command line or the environment, and checks it.
boost::system::result<option_value, bad_value> parse_value(const option& o, std::string_view text);
/// The refusal of a value that reads `shown`.
bad_value unfit(const option& o, std::string_view shown);
/// The default as the file spells it; empty for a planned option.
std::string default_text(const option& o);

}  // namespace bank::node
