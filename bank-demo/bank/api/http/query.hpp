#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bank/api/http/problem.hpp"

namespace bank::api {

/// Decodes percent-encoding; nothing if it is malformed or the result is not valid UTF-8.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

/// The parameters of a query, each at most once.
class query {
 public:
  /// Refuses parameters that are not in `known`, given twice or badly encoded.
  static result<query> parse(std::string_view text, std::initializer_list<std::string_view> known);

  std::optional<std::string_view> get(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

inline constexpr std::size_t default_page = 50;
inline constexpr std::size_t largest_page = 200;
/// The parameter `limit`.
result<std::size_t> page_limit(const query& q);

}  // namespace bank::api
