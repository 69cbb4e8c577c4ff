#include "bank/api/routes/router.hpp"

#include <array>

namespace bank::api {

namespace {

std::string_view name_of(method m) noexcept {
  switch (m) {
    case method::get: return "GET, HEAD";
    case method::head: return "HEAD";
    case method::post: return "POST";
    case method::patch: return "PATCH";
    case method::del: return "DELETE";
    case method::other: break;
  }
  return "";
}

/// Does the path match the pattern? `id` becomes the part that `{id}` stands for.
bool fits(std::string_view pattern, std::string_view path, std::string_view& id) noexcept {
  const auto hole = pattern.find("{id}");
  if (hole == std::string_view::npos) return pattern == path;
  const std::string_view before = pattern.substr(0, hole);
  const std::string_view after = pattern.substr(hole + 4);
  if (path.size() <= before.size() + after.size()) return false;
  if (!path.starts_with(before) || !path.ends_with(after)) return false;
  const auto middle = path.substr(before.size(), path.size() - before.size() - after.size());
  if (middle.find('/') != std::string_view::npos) return false;
  id = middle;
  return true;
}

}  // namespace

route_match find_route(std::span<const route> routes, method m, std::string_view path) {
  const method wanted = m == method::head ? method::get : m;
  route_match match;
  for (const route& r : routes) {
    std::string_view id;
    if (!fits(r.pattern, path, id)) continue;
    if (r.method == wanted) return {&r, id, {}};
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += name_of(r.method);
  }
  return match;
}

}  // namespace bank::api
