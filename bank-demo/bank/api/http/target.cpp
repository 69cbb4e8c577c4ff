#include "bank/api/http/target.hpp"

#include <boost/url/authority_view.hpp>
#include <boost/url/grammar/hexdig_chars.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include "bank/api/http/field_list.hpp"

namespace bank::api {

namespace {

namespace urls = boost::urls;

/// Removes scheme and authority from a target in absolute form; false if the node can't serve them.
bool drop_origin(std::string_view& target) {
  const auto colon = target.find("://");
  if (colon == std::string_view::npos) return false;
  const std::string_view scheme = target.substr(0, colon);
  if (!same_text(scheme, "http") && !same_text(scheme, "https")) return false;
  target.remove_prefix(colon + 3);
  const std::string_view authority = target.substr(0, target.find_first_of("/?#"));
  target.remove_prefix(authority.size());
  // An empty host makes the URI invalid (RFC 9110, 4.2.1).
  return !authority.empty() && authority.front() != ':' && is_host(authority);
}

/// The octet of two hexadecimal digits; negative if they are invalid.
int octet_of(char high, char low) noexcept {
  const int h = urls::grammar::hexdig_value(high);
  const int l = urls::grammar::hexdig_value(low);
  return h < 0 || l < 0 ? -1 : h * 16 + l;
}

char upper(char hex) noexcept { return hex >= 'a' ? static_cast<char>(hex - 'a' + 'A') : hex; }

bool decode_unreserved(std::string& path) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      path[end++] = path[i];
      continue;
    }
    const int octet = i + 2 < path.size() ? octet_of(path[i + 1], path[i + 2]) : -1;
    if (octet < 0) return false;
    if (urls::unreserved_chars(static_cast<char>(octet))) {
      path[end++] = static_cast<char>(octet);
    } else {
      const char high = upper(path[i + 1]);
      const char low = upper(path[i + 2]);
      path[end++] = '%';
      path[end++] = high;
      path[end++] = low;
    }
    i += 2;
  }
  path.resize(end);
  return true;
}

/// RFC 3986, 5.2.4, for a path that starts with '/'.
void remove_dot_segments(std::string& path) {
  std::string plain;
  std::string_view rest = path;
  while (!rest.empty()) {
    const std::string_view segment = rest.substr(0, rest.find('/', 1));
    rest.remove_prefix(segment.size());
    const bool up = segment == "/..";
    if (up) plain.resize(plain.empty() ? 0 : plain.rfind('/'));
    if (!up && segment != "/.") {
      plain += segment;
    } else if (rest.empty()) {
      plain += '/';
    }
  }
  path = std::move(plain);
}

}  // namespace

bool split_target(std::string_view target, std::string& path, std::string& query) {
  if (!target.starts_with('/') && !drop_origin(target)) return false;
  if (target.find('#') != std::string_view::npos) return false;
  const auto mark = target.find('?');
  path.assign(target.substr(0, mark));
  query.assign(mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1));
  if (path.empty()) path = "/";
  if (path.find('%') != std::string::npos && !decode_unreserved(path)) return false;
  if (path.find("/.") != std::string::npos) remove_dot_segments(path);
  return true;
}

bool is_host(std::string_view value) {
  const auto authority = urls::parse_authority(value);
  return authority && !authority->has_userinfo();
}

}  // namespace bank::api
