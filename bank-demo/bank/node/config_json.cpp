#include "bank/node/config_json.hpp"

#include <set>
#include <string_view>
#include <variant>

#include "bank/json/object_writer.hpp"
#include "bank/node/option_table.hpp"

namespace bank::node {
namespace {

void append(json::object_writer& to, const option& o, const configuration& c) {
  const auto dot = o.path.find('.');
  const auto name = dot == std::string_view::npos ? o.path : o.path.substr(dot + 1);
  const option_value v = o.get(c);
  if (const auto* text = std::get_if<std::string>(&v)) {
    to.text(name, o.secret && !text->empty() ? std::string_view("***") : std::string_view(*text));
  } else if (const auto* number = std::get_if<std::int64_t>(&v)) {
    to.number(name, *number);
  } else {
    to.flag(name, std::get<bool>(v));
  }
}

}  // namespace

std::string config_json(const configuration& c) {
  std::string out;
  {
    json::object_writer all(out);
    std::set<std::string_view> done;
    for (const option& first : option_table()) {
      if (first.get == nullptr) continue;
      if (first.section().empty()) {
        append(all, first, c);
        continue;
      }
      if (!done.insert(first.section()).second) continue;
      all.object(first.section(), [&](json::object_writer& section) {
        for (const option& o : option_table())
          if (o.section() == first.section() && o.get != nullptr) append(section, o, c);
      });
    }
  }
  return out;
}

}  // namespace bank::node
