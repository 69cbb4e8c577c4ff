#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bank/node/option.hpp"

namespace bank::node {

/// A configuration while its sources are read, each over the one before.
struct settings {
  configuration config;
  /// By path, for each option that was set: where, as a sentence names it: `f.json:3: store`,
  /// `BANK_STORE`, `--store`.
  std::map<std::string_view, std::string> set_at;
  std::set<std::string_view> refused;  ///< options that were given a bad value somewhere
  /// Sentences that name what is wrong and what would be right.
  std::vector<std::string> problems;

  /// Sets the option, or adds a problem if `v` is not a value for it.
  void set(const option& o, const boost::system::result<option_value, bad_value>& v,
           std::string where);
  /// An option that was not set has the name of its key.
  std::string name_of(std::string_view path) const;
};

/// Adds what is wrong with the configuration as a whole, though each value may be right. Nothing is
/// opened, taken or made for that.
void check_whole(settings& s);

}  // namespace bank::node
