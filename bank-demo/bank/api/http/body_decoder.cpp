#include "bank/api/http/body_decoder.hpp"

#include <algorithm>

namespace bank::api {

namespace {

constexpr std::size_t longest_line = 1024;
/// Most bytes that the framing of a chunked body may take beside its content.
constexpr std::size_t most_line_bytes = 256 * 1024;

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_text(std::string_view line) noexcept {
  return std::none_of(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
}

}  // namespace

body_decoder body_decoder::of_length(std::uint64_t length, std::size_t limit) noexcept {
  body_decoder d;
  d.state_ = length == 0 ? state::done : state::data;
  d.left_ = length;
  d.limit_ = limit;
  return d;
}

body_decoder body_decoder::chunked(std::size_t limit) noexcept {
  body_decoder d;
  d.state_ = state::size_line;
  d.chunked_ = true;
  d.limit_ = limit;
  return d;
}

body_decoder::verdict body_decoder::feed(std::string_view input, std::string& body,
                                         std::size_t& used) {
  used = 0;
  while (state_ != state::done) {
    if (state_ == state::data) {
      const verdict v = take_data(input, body, used);
      if (v != verdict::complete) return v;
      continue;
    }
    const std::string_view rest = input.substr(used);
    const std::size_t feed = rest.find('\n');
    if (feed == std::string_view::npos)
      return rest.size() > longest_line ? verdict::malformed : verdict::incomplete;
    if (feed == 0 || feed > longest_line || rest[feed - 1] != '\r') return verdict::malformed;
    used += feed + 1;
    line_bytes_ += feed + 1;
    if (line_bytes_ > most_line_bytes) return verdict::too_large;
    const verdict v = take_line(rest.substr(0, feed - 1));
    if (v != verdict::incomplete) return v;
  }
  return verdict::complete;
}

body_decoder::verdict body_decoder::take_data(std::string_view input, std::string& body,
                                              std::size_t& used) {
  if (left_ > limit_ || body.size() > limit_ - left_) return verdict::too_large;
  const std::size_t n =
      static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size() - used));
  body.append(input.substr(used, n));
  used += n;
  left_ -= n;
  if (left_ != 0) return verdict::incomplete;
  state_ = chunked_ ? state::data_end : state::done;
  return verdict::complete;
}

body_decoder::verdict body_decoder::take_line(std::string_view line) {
  if (!is_text(line)) return verdict::malformed;
  switch (state_) {
    case state::size_line: return begin_chunk(line);
    case state::data_end:
      if (!line.empty()) return verdict::malformed;
      state_ = state::size_line;
      return verdict::incomplete;
    case state::trailer:
      if (line.empty()) state_ = state::done;
      return line.empty() ? verdict::complete : verdict::incomplete;
    case state::data:
    case state::done: break;
  }
  return verdict::malformed;
}

body_decoder::verdict body_decoder::begin_chunk(std::string_view line) {
  std::uint64_t size = 0;
  std::size_t digits = 0;
  while (digits < line.size() && hex_value(line[digits]) >= 0) {
    if (digits == 15) return verdict::malformed;
    size = size * 16 + static_cast<std::uint64_t>(hex_value(line[digits++]));
  }
  // White space before extensions, which are ignored, is allowed (RFC 9112, 7.1.1).
  const std::size_t next = line.find_first_not_of(" \t", digits);
  const bool ends_well =
      digits == line.size() || (next != std::string_view::npos && line[next] == ';');
  if (digits == 0 || !ends_well) return verdict::malformed;
  left_ = size;
  state_ = size == 0 ? state::trailer : state::data;
  return verdict::incomplete;
}

}  // namespace bank::api
