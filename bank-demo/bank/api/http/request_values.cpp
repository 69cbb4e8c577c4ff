#include "bank/api/http/request_values.hpp"

#include <algorithm>

#include "bank/api/http/field_list.hpp"

namespace bank::api {

identity::identity(storage::role r, std::string o)
    : role(r), owner(std::move(o)), name(std::string(to_string(r)) + ":" + owner) {}

bool is_printable(std::string_view text, std::size_t longest) noexcept {
  return !text.empty() && text.size() <= longest &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

result<std::chrono::milliseconds> time_limit(const std::optional<std::string>& header,
                                             std::chrono::milliseconds most) {
  if (!header) return most;
  const bool digits = !header->empty() && std::all_of(header->begin(), header->end(),
                                                      [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || header->find_first_not_of('0') == std::string::npos)
    return invalid("X-Request-Timeout-Ms",
                   "the time limit must be a positive integer, in milliseconds");
  std::int64_t ms = 0;
  for (const char c : *header) ms = std::min<std::int64_t>(ms * 10 + (c - '0'), most.count());
  return std::chrono::milliseconds(ms);
}

bool is_json(std::string_view content_type) noexcept {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
  return same_text(type, "application/json");
}

}  // namespace bank::api
