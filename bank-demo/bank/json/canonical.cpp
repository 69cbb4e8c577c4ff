#include "bank/json/canonical.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <vector>

#include "bank/json/write.hpp"

namespace bank::json {

namespace {

void append_object(std::string& out, const value& v) {
  std::vector<const value*> members;
  for (const value& m : v.children()) members.push_back(&m);
  std::sort(members.begin(), members.end(),
            [](const value* a, const value* b) { return a->key() < b->key(); });
  out += '{';
  for (const value* m : members) {
    if (m != members.front()) out += ',';
    append_string(out, m->key());
    out += ':';
    append_canonical(out, *m);
  }
  out += '}';
}

void append_array(std::string& out, const value& v) {
  out += '[';
  bool first = true;
  for (const value& item : v.children()) {
    if (!first) out += ',';
    first = false;
    append_canonical(out, item);
  }
  out += ']';
}

/// As Boost.JSON reads and writes it.
void append_as_boost(std::string& out, std::string_view spelled) {
  boost::system::error_code ignored;
  out += boost::json::serialize(boost::json::parse(spelled, ignored));
}

}  // namespace

void append_canonical(std::string& out, const value& v) {
  switch (v.what()) {
    case value::kind::object: return append_object(out, v);
    case value::kind::array: return append_array(out, v);
    case value::kind::text: return append_string(out, v.spelled());
    case value::kind::integer: return append_integer(out, *v.as_integer());
    case value::kind::number: return append_as_boost(out, v.spelled());
    case value::kind::boolean:
    case value::kind::null: break;
  }
  out += v.spelled();
}

std::string request_digest(std::string_view route, const value& body) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text(route);
  text += '\n';
  append_canonical(text, body);
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), hash.data(), &size, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    hex += digits[hash[i] >> 4U];
    hex += digits[hash[i] & 15U];
  }
  return hex;
}

}  // namespace bank::json
