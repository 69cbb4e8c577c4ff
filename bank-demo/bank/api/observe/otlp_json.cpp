#include "bank/api/observe/otlp_exporter.hpp"
#include "bank/json/object_writer.hpp"

namespace bank::api {

namespace {

using lifeline::span_record;

void append_attribute(json::object_writer& o, std::string_view key, const span_record::value& v) {
  o.text("key", key);
  o.object("value", [&](json::object_writer& value) {
    if (const auto* n = std::get_if<std::int64_t>(&v)) {
      value.text("intValue", std::to_string(*n));  // OTLP's JSON has 64-bit integers as text
    } else {
      value.text("stringValue", std::get<std::string>(v));
    }
  });
}

void append_span(json::object_writer& o, const span_record& s) {
  o.text("traceId", lifeline::to_hex(s.at.trace));
  o.text("spanId", lifeline::to_hex(s.at.span));
  if (s.parent != lifeline::span_id{}) o.text("parentSpanId", lifeline::to_hex(s.parent));
  o.text("name", s.name);
  o.number("kind", static_cast<int>(s.kind));
  o.text("startTimeUnixNano", std::to_string(s.start_unix_ns));
  o.text("endTimeUnixNano", std::to_string(s.start_unix_ns + s.took.count()));
  o.list("attributes", s.attributes, [](json::object_writer& a, const auto& attribute) {
    append_attribute(a, attribute.first, attribute.second);
  });
  if (!s.links.empty())
    o.list("links", s.links, [](json::object_writer& l, const lifeline::trace_parent& to) {
      l.text("traceId", lifeline::to_hex(to.trace));
      l.text("spanId", lifeline::to_hex(to.span));
    });
  if (s.failed) o.object("status", [](json::object_writer& status) { status.number("code", 2); });
}

}  // namespace

std::string otlp_json(std::span<const span_record> spans, const std::string& version) {
  using attributes = std::vector<std::pair<std::string, span_record::value>>;
  const attributes of_service{{"service.name", "bank-node"}, {"service.version", version}};
  constexpr std::array one{0};
  std::string out;
  {
    json::object_writer request(out);
    request.list("resourceSpans", one, [&](json::object_writer& resource, int) {
      resource.object("resource", [&](json::object_writer& r) {
        r.list("attributes", of_service, [](json::object_writer& a, const auto& attribute) {
          append_attribute(a, attribute.first, attribute.second);
        });
      });
      resource.list("scopeSpans", one, [&](json::object_writer& scope, int) {
        scope.object("scope", [](json::object_writer& s) { s.text("name", "lifeline"); });
        scope.list("spans", spans, [](json::object_writer& s, const span_record& record) {
          append_span(s, record);
        });
      });
    });
  }
  return out;
}

}  // namespace bank::api
