#include "bank/node/json_log.hpp"

#include <spdlog/formatter.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "bank/json/object_writer.hpp"
#include "bank/json/utf8.hpp"

namespace bank::node {
namespace {

using field = std::pair<std::string_view, std::string_view>;

bool is_name(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

/// Removes the last word of the message if it is a field.
bool take_last(std::string_view& message, field& to) {
  const auto space = message.rfind(' ');
  if (space == std::string_view::npos) return false;
  const std::string_view word = message.substr(space + 1);
  const auto sign = word.find('=');
  if (sign == std::string_view::npos || !is_name(word.substr(0, sign))) return false;
  to = {word.substr(0, sign), word.substr(sign + 1)};
  message = message.substr(0, space);
  return true;
}

class json_formatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& m, spdlog::memory_buf_t& out) override {
    const auto level = spdlog::level::to_string_view(m.level);
    const std::string line =
        json_line(std::chrono::floor<std::chrono::milliseconds>(m.time),
                  {level.data(), level.size()}, {m.payload.data(), m.payload.size()});
    out.append(line.data(), line.data() + line.size());
    out.push_back('\n');
  }
  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<json_formatter>();
  }
};

}  // namespace

std::string json_line(lifeline::wall_time at, std::string_view level, std::string_view message) {
  std::vector<field> fields;
  for (field f; take_last(message, f);) fields.push_back(f);
  std::string out;
  {
    std::set<std::string_view> taken{"time", "level", "message"};
    json::object_writer o(out);
    o.time("time", at);
    o.text("level", level);
    o.text("message", json::as_utf8(message));
    for (auto f = fields.rbegin(); f != fields.rend(); ++f)
      if (taken.insert(f->first).second) o.text(f->first, json::as_utf8(f->second));
  }
  return out;
}

std::unique_ptr<spdlog::formatter> json_log_formatter() {
  return std::make_unique<json_formatter>();
}

}  // namespace bank::node
