#pragma once

#include <string_view>

namespace lifeline {

/// `open_account` for `lifeline::ledger::open_account`; for people, not for programs. Made by the
/// compiler.
template <class T>
consteval std::string_view short_type_name() {
  std::string_view text = __PRETTY_FUNCTION__;
  text.remove_prefix(text.find("T = ") + 4);
  text = text.substr(0, text.find_first_of(";]"));
  const auto colon = text.rfind(':');
  return colon == std::string_view::npos ? text : text.substr(colon + 1);
}

}  // namespace lifeline
