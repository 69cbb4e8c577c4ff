#include "bank/api/http/query.hpp"

#include <algorithm>
#include <boost/url/pct_string_view.hpp>
#include <charconv>

#include "bank/json/utf8.hpp"

namespace bank::api {

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  const auto encoded = boost::urls::make_pct_string_view(text);
  if (!encoded) return std::nullopt;
  boost::urls::encoding_opts options;
  options.space_as_plus = plus_is_space;
  std::string plain = encoded->decode(options);
  // No stored text contains a zero byte, and PostgreSQL can't compare with one.
  if (!json::is_utf8(plain) || plain.find('\0') != std::string::npos) return std::nullopt;
  return plain;
}

result<query> query::parse(std::string_view text, std::initializer_list<std::string_view> known) {
  query q;
  while (!text.empty()) {
    const auto end = text.find('&');
    const std::string_view part = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (part.empty()) continue;
    const auto equals = part.find('=');
    auto name = percent_decode(part.substr(0, equals), true);
    auto value = percent_decode(
        equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1), true);
    if (!name || name->empty())
      return invalid("query",
                     "a query parameter has no name, or one that is not percent-encoded UTF-8");
    if (!value)
      return invalid(*name, "the query parameter must be percent-encoded UTF-8 without zero bytes");
    if (std::find(known.begin(), known.end(), *name) == known.end())
      return invalid(*name, "unknown query parameter; " + allowed(known));
    if (q.get(*name)) return invalid(*name, "the query parameter is given twice; give it once");
    q.parameters_.emplace_back(std::move(*name), std::move(*value));
  }
  return q;
}

std::optional<std::string_view> query::get(std::string_view name) const {
  for (const auto& [n, v] : parameters_)
    if (n == name) return v;
  return std::nullopt;
}

result<std::size_t> page_limit(const query& q) {
  const auto text = q.get("limit");
  if (!text) return default_page;
  std::size_t limit = 0;
  const auto [end, ec] = std::from_chars(text->data(), text->data() + text->size(), limit);
  const bool whole = ec == std::errc() && end == text->data() + text->size();
  if (!whole || limit < 1 || limit > largest_page)
    return invalid("limit", "limit must be an integer from 1 to 200, not " + quoted(*text));
  return limit;
}

}  // namespace bank::api
