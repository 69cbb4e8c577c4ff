#include "bank/api/http/fields.hpp"

#include <boost/json/error.hpp>

#include "bank/api/http/times.hpp"
#include "bank/json/canonical.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

namespace {

constexpr std::size_t most_metadata_keys = 50;
constexpr json::text_rule metadata_key{40, false, false};
constexpr json::text_rule metadata_value{500, true, true};

problem malformed(std::string detail, std::string field = {}) {
  return {code::malformed_json, std::move(detail), std::move(field), {}, {}};
}

problem problem_of(const json::violation& v) {
  using kind = json::violation::kind;
  std::string field = v.path;
  std::string detail;
  switch (v.what) {
    case kind::value: detail = v.rule; break;
    case kind::unknown:
      detail =
          "unknown field; " + (v.rule == "none" ? "none is allowed here" : "allowed: " + v.rule);
      break;
    case kind::missing:
      field += (field.empty() ? "" : ".") + v.rule;
      detail = v.about.empty() ? "must be given" : "must be given: " + v.about;
      break;
  }
  return invalid(field, field + ": " + detail);
}

bool is_id(std::string_view text) {
  const auto id = ledger::uuid::parse(text);
  return id && !id->is_nil();
}

}  // namespace

const json::text_format uuid_format{"must be a UUID", nullptr, &is_id};
const json::text_format time_format{
    time_rule.data(), nullptr, [](std::string_view text) { return parse_time(text).has_value(); }};
const json::text_format currency_format{
    "must be an ISO 4217 currency such as \"USD\"", nullptr,
    [](std::string_view text) { return ledger::currency::parse(text).has_value(); }};

json::shape metadata_shape() {
  return json::shape::map_of(metadata_key, json::shape::text_by(metadata_value),
                             most_metadata_keys);
}

result<json::document> parse_object(std::string_view text) {
  json::document body(text);
  if (!body.repeated().empty()) {
    const std::string name(body.repeated().front().again->key());
    return malformed("the member \"" + name + "\" is given twice; give it once", name);
  }
  if (const auto& e = body.error()) {
    if (e->why == boost::json::error::extra_data)
      return malformed("the body must end after the JSON object");
    return malformed("the body is not valid JSON: " + e->why.message() + " at byte " +
                     std::to_string(e->offset));
  }
  if (!body.root().is_object()) return malformed("the body must be a JSON object");
  return body;
}

fields::fields(const json::value& body, const json::shape& table) : body_(body) {
  if (const auto wrong = json::check(body, table, json::nulls::absent)) first_ = problem_of(*wrong);
}

void fields::fail(std::string_view name, std::string detail) {
  if (first_) return;
  std::string text(name);
  text.append(": ").append(detail);
  first_ = invalid(name, std::move(text));
}

std::optional<std::string> fields::text(std::string_view name) const {
  const auto text = at(name).as_text();
  return text ? std::optional(std::string(*text)) : std::nullopt;
}

std::optional<std::int64_t> fields::integer(std::string_view name) const {
  return at(name).as_integer();
}

std::optional<bool> fields::boolean(std::string_view name) const { return at(name).as_bool(); }

std::optional<ledger::uuid> fields::id(std::string_view name) const {
  const auto text = at(name).as_text();
  return text ? ledger::uuid::parse(*text) : std::nullopt;
}

std::optional<lifeline::wall_time> fields::time(std::string_view name) const {
  const auto text = at(name).as_text();
  return text ? parse_time(*text) : std::nullopt;
}

ledger::currency fields::currency(std::string_view name) const {
  return ledger::currency::parse(at(name).as_text().value_or("")).value_or(ledger::currency());
}

std::string fields::metadata(std::string_view name) const {
  const json::value& v = at(name);
  std::string text;
  if (v.is_object())
    json::append_canonical(text, v);
  else
    text = "{}";
  return text;
}

}  // namespace bank::api
