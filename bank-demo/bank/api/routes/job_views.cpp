#include "bank/api/routes/job_views.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "bank/json/write.hpp"

namespace bank::api {

using lifeline::job_record;

namespace {

constexpr std::array<std::string_view, 4> kinds{"import", "reconcile", "statement", "verify"};
constexpr std::size_t longest_shown = 4'096;

void append_optional_time(std::string& out, const std::optional<lifeline::wall_time>& t) {
  if (t) {
    json::append_time(out, *t);
  } else {
    out += "null";
  }
}

void append_progress(std::string& out, double done) {
  std::array<char, 32> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), done, std::chars_format::fixed, 3);
  out.append(text.data(), end.ptr);
}

void append_members(std::string& out, const job_record& j) {
  out += R"({"id":)";
  json::append_string(out, j.id);
  out += R"(,"kind":)";
  json::append_string(out, j.kind);
  out += R"(,"state":)";
  json::append_string(out, to_string(j.state));
  out += R"(,"progress":)";
  append_progress(out, j.progress);
  out += R"(,"failure":)";
  if (j.failure.empty()) {
    out += "null";
  } else {
    json::append_string(out, j.failure);
  }
  out += R"(,"created_by":)";
  json::append_string(out, j.owner);
  out += R"(,"attempts":)";
  json::append_integer(out, j.attempts);
  out += R"(,"created_at":)";
  json::append_time(out, j.created);
  out += R"(,"started_at":)";
  append_optional_time(out, j.started);
  out += R"(,"ended_at":)";
  append_optional_time(out, j.ended);
}

/// Appends a text that is JSON already.
void append_json(std::string& out, std::string_view name, std::string_view text) {
  out.append(",\"").append(name).append("\":");
  out += text.empty() ? "null" : text;
}

}  // namespace

void append_job(std::string& out, const job_record& j) {
  append_members(out, j);
  append_json(out, "parameters", j.input.size() > longest_shown ? std::string_view() : j.input);
  append_json(out, "result", j.result);
  out += '}';
}

void append_job_line(std::string& out, const job_record& j) {
  append_members(out, j);
  out += '}';
}

bool is_job_kind(std::string_view kind) noexcept {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

}  // namespace bank::api
