#include "bank/api/http/preconditions.hpp"

#include <algorithm>

namespace bank::api {

namespace {

constexpr std::string_view weak_mark = "W/";

void skip(std::string_view& text, std::string_view what) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(what), text.size()));
}

/// How an entity tag in the header is compared with a strong one (RFC 9110, 8.8.3.2).
using comparison = bool (*)(bool is_weak, std::string_view listed, std::string_view tag) noexcept;

bool strong(bool is_weak, std::string_view listed, std::string_view tag) noexcept {
  return !is_weak && listed == tag;
}

bool weak(bool, std::string_view listed, std::string_view tag) noexcept { return listed == tag; }

/// Does the header contain the tag? `*` matches every existing object. A tag may contain commas;
/// anything malformed ends the list.
bool names(std::string_view field, std::string_view tag, comparison equal) noexcept {
  if (tag.empty()) return false;
  if (field == "*") return true;
  for (skip(field, ", \t"); !field.empty(); skip(field, ", \t")) {
    const bool is_weak = field.starts_with(weak_mark);
    if (is_weak) field.remove_prefix(weak_mark.size());
    const std::size_t end = field.starts_with('"') ? field.find('"', 1) : std::string_view::npos;
    if (end == std::string_view::npos) return false;
    if (equal(is_weak, field.substr(0, end + 1), tag)) return true;
    field.remove_prefix(end + 1);
    skip(field, " \t");
    if (!field.empty() && field.front() != ',') return false;
  }
  return false;
}

}  // namespace

conditions judge_conditions(const request& r, std::string_view tag) noexcept {
  if (r.if_match && !names(*r.if_match, tag, &strong)) return conditions::not_matched;
  if (r.if_none_match && names(*r.if_none_match, tag, &weak)) return conditions::matched;
  return conditions::met;
}

}  // namespace bank::api
