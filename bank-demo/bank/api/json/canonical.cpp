#include "bank/api/json/canonical.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <vector>

#include "bank/api/json/write.hpp"

namespace bank::api {

namespace json = boost::json;

void append_canonical(std::string& out, const json::object& o) {
  std::vector<const json::key_value_pair*> members;
  members.reserve(o.size());
  for (const auto& m : o) members.push_back(&m);
  std::sort(members.begin(), members.end(),
            [](const auto* a, const auto* b) { return a->key() < b->key(); });
  out += '{';
  for (const auto* m : members) {
    if (m != members.front()) out += ',';
    append_string(out, {m->key().data(), m->key().size()});
    out += ':';
    append_canonical(out, m->value());
  }
  out += '}';
}

void append_canonical(std::string& out, const json::value& v) {
  if (const auto* o = v.if_object()) return append_canonical(out, *o);
  if (const auto* s = v.if_string()) return append_string(out, {s->data(), s->size()});
  if (const auto* a = v.if_array()) {
    out += '[';
    for (const auto& item : *a) {
      if (&item != &a->front()) out += ',';
      append_canonical(out, item);
    }
    out += ']';
    return;
  }
  out += json::serialize(v);
}

std::string request_digest(std::string_view route, const json::object& body) {
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

}  // namespace bank::api
