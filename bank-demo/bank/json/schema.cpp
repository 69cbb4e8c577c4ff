#include "bank/json/shape.hpp"

// A table of fields as JSON Schema.

namespace bank::json {

namespace {

void append_object_schema(object_writer& to, const shape& s) {
  to.text("type", "object");
  to.flag("additionalProperties", false);
  to.object("properties", [&](object_writer& all) {
    for (const shape::member& m : s.members)
      all.object(m.name, [&](object_writer& one) { append_schema(one, m.value); });
  });
  if (!s.required.empty()) to.texts("required", s.required);
  if (!s.needs.empty())
    to.object("dependentRequired", [&](object_writer& all) {
      for (const auto& [first, second] : s.needs) all.texts(first, {second});
    });
  if (!s.one_of.empty())
    to.list("oneOf", s.one_of,
            [](object_writer& one, const std::string& name) { one.texts("required", {name}); });
}

void append_text_schema(object_writer& to, const shape& s) {
  to.text("type", "string");
  if (s.format != nullptr)
    to.text("pattern", s.format->pattern);
  else if (!s.choices.empty())
    to.texts("enum", s.choices);
  else if (s.least > 0)
    to.number("minLength", s.least);
}

void append_number_schema(object_writer& to, const shape& s, std::string_view type) {
  to.text("type", type);
  to.number("minimum", s.least);
  to.number("maximum", s.most);
}

void append_list_schema(object_writer& to, const shape& s) {
  to.text("type", "array");
  if (s.least > 0) to.number("minItems", s.least);
  to.object("items", [&](object_writer& item) { append_schema(item, s.parts.front()); });
}

}  // namespace

void append_schema(object_writer& to, const shape& s) {
  if (!s.about.empty()) to.text("description", s.about);
  switch (s.what) {
    case shape::kind::text: return append_text_schema(to, s);
    case shape::kind::integer: return append_number_schema(to, s, "integer");
    case shape::kind::number: return append_number_schema(to, s, "number");
    case shape::kind::boolean: return to.text("type", "boolean");
    case shape::kind::object: return append_object_schema(to, s);
    case shape::kind::list: return append_list_schema(to, s);
    case shape::kind::map: return to.text("type", "object");
    case shape::kind::anything: return;
    case shape::kind::either: break;
  }
  to.list("anyOf", s.parts,
          [](object_writer& one, const shape& part) { append_schema(one, part); });
}

}  // namespace bank::json
