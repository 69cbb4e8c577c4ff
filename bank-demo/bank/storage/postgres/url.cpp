#include "bank/storage/postgres/url.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <span>

namespace bank::storage {

namespace {

using std::string_view;

constexpr const char* form =
    "must be postgresql://user@host/database, or another form that libpq accepts";

/// Settings that libpq checks only when connecting.
constexpr std::array<string_view, 6> numbers{"connect_timeout",  "keepalives",
                                             "keepalives_idle",  "keepalives_interval",
                                             "keepalives_count", "tcp_user_timeout"};

struct word_setting {
  string_view name;
  std::array<string_view, 6> words;
};
constexpr std::array<word_setting, 6> word_settings{{
    {"sslmode", {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}},
    {"target_session_attrs",
     {"any", "read-write", "read-only", "primary", "standby", "prefer-standby"}},
    {"channel_binding", {"disable", "prefer", "require"}},
    {"gssencmode", {"disable", "prefer", "require"}},
    {"ssl_min_protocol_version", {"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"}},
    {"ssl_max_protocol_version", {"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"}},
}};

bool is_int(string_view text) {
  int n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  return error == std::errc() && end == text.data() + text.size();
}

bool is_port(string_view text) {
  int n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  return error == std::errc() && end == text.data() + text.size() && n >= 1 && n <= 65'535;
}

std::string must_be_one_of(const word_setting& s) {
  std::string all;
  for (const string_view w : s.words)
    if (!w.empty()) all.append(all.empty() ? "" : ", ").append(w);
  return "has an invalid " + std::string(s.name) + ", which must be one of " + all;
}

/// The settings of a URL; missing ones are empty.
class settings {
 public:
  explicit settings(const std::string& url)
      : all_(PQconninfoParse(url.c_str(), nullptr), &PQconninfoFree) {}

  explicit operator bool() const noexcept { return all_ != nullptr; }
  string_view operator[](string_view name) const {
    for (const auto* o = all_.get(); o->keyword != nullptr; ++o)
      if (o->keyword == name && o->val != nullptr) return o->val;
    return {};
  }

 private:
  std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> all_;
};

std::size_t parts_of(string_view list) {
  return 1 + static_cast<std::size_t>(std::count(list.begin(), list.end(), ','));
}

/// One port for each host, or one for all; an empty one is the default.
std::string wrong_ports(const settings& of) {
  string_view ports = of["port"];
  if (ports.empty()) return {};
  const string_view hosts = of["hostaddr"].empty() ? of["host"] : of["hostaddr"];
  if (parts_of(ports) > 1 && parts_of(ports) != parts_of(hosts))
    return "has different numbers of ports and hosts";
  for (bool last = false; !last;) {
    const auto comma = ports.find(',');
    last = comma == string_view::npos;
    const string_view port = ports.substr(0, comma);
    if (!port.empty() && !is_port(port))
      return "has an invalid port, which must be from 1 to 65535";
    ports.remove_prefix(last ? ports.size() : comma + 1);
  }
  return {};
}

}  // namespace

std::string wrong_postgres_url(string_view url) {
  const settings given{std::string(url)};
  if (!given) return form;
  if (std::string why = wrong_ports(given); !why.empty()) return why;
  for (const string_view name : numbers)
    if (!given[name].empty() && !is_int(given[name]))
      return "has an invalid " + std::string(name) + ", which must be an integer";
  for (const word_setting& s : word_settings)
    if (!given[s.name].empty() && std::ranges::find(s.words, given[s.name]) == s.words.end())
      return must_be_one_of(s);
  return {};
}

}  // namespace bank::storage
