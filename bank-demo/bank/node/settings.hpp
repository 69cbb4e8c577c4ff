#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bank/node/option.hpp"

namespace bank::node {

/// A configuration while its sources are read; each source overrides the ones before.
struct settings {
  configuration config;
  /// For each option that was set, by path: the place as named in errors, such as
  /// `f.json:3: store`, `BANK_STORE` or `--store`.
  std::map<std::string_view, std::string> set_at;
  std::set<std::string_view> refused;  ///< options with a bad value in any source
  /// Errors: what is wrong and what would be right.
  std::vector<std::string> problems;

  /// Sets the option, or adds a problem if `v` is an error.
  void set(const option& o, const boost::system::result<option_value, bad_value>& v,
           std::string where);
  /// The place where the option was set; the key if it was not.
  std::string name_of(std::string_view path) const;
};

/// Adds errors between values that are right each by itself. Opens and creates nothing.
void check_whole(settings& s);

}  // namespace bank::node
