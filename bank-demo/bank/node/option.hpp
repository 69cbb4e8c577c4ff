#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include <boost/system/result.hpp>

#include "bank/node/configuration.hpp"

namespace bank::node {

/// An option's value, wherever it came from.
using option_value = std::variant<bool, std::int64_t, std::string>;

struct on_or_off {};
struct any_text {
  bool may_be_empty = false;
};
struct whole_number {
  std::int64_t low = 0;
  std::int64_t high = 0;
};
/// One of a few words. `planned` are words of the contract that this version can't follow yet:
/// refused by name, never taken silently.
struct one_of {
  std::span<const std::string_view> words;
  std::span<const std::string_view> planned = {};
};
/// An option of the contract that this version does not have yet.
struct planned {};

using option_shape = std::variant<on_or_off, any_text, whole_number, one_of, planned>;

/// One thing that can be set. Its key in the file is a path of sections, and the other names are
/// made from it: `http.idle_timeout_ms` is `--http-idle-timeout-ms` on the command line and
/// `BANK_HTTP_IDLE_TIMEOUT_MS` in the environment.
struct option {
  std::string_view path;
  std::string_view help;
  option_shape shape;
  option_value (*get)(const configuration&) = nullptr;  // null where planned
  void (*set)(configuration&, const option_value&) = nullptr;
  bool secret = false;  ///< its value is never shown
  /// Says what is wrong with a text that fits the shape, and is not empty; null: nothing.
  std::string (*wrong)(std::string_view text) = nullptr;

  std::string flag() const;
  std::string variable() const;
  /// "http" of "http.threads"; empty at the top.
  std::string_view section() const noexcept;
};

/// The part of a sentence that says what is wrong: `is "many", but must be ...`.
struct bad_value {
  std::string what;
};
[[noreturn]] void throw_exception_from_error(const bad_value& e, const boost::source_location&);

/// The value as the file would have it.
std::string shown(const option_value& v);
/// Is this a value for the option?
boost::system::result<option_value, bad_value> check_value(const option& o, option_value v);
/// Reads the value out of a text, as the command line and the environment give it.
boost::system::result<option_value, bad_value> parse_value(const option& o, std::string_view text);
/// What would be right, after "must be": `an integer from 1 to 256`.
std::string expected(const option& o);
/// What is wrong with a value whose text is this.
bad_value unfit(const option& o, std::string_view shown);
/// The default as the file would have it; empty where there is none.
std::string default_text(const option& o);

}  // namespace bank::node
