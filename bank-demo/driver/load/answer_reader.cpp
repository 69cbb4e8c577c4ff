#include "driver/load/answer_reader.hpp"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace bank::driver {

namespace {

constexpr std::size_t smallest_room = 8 * 1024;
constexpr std::size_t largest_answer = 64 * 1024 * 1024;
/// Of a chunk.
constexpr std::size_t longest_line = 1024;

/// The field's value if the line has that field.
std::optional<std::string_view> value_of(std::string_view line, std::string_view field) {
  if (line.size() <= field.size() || line[field.size()] != ':') return std::nullopt;
  if (::strncasecmp(line.data(), field.data(), field.size()) != 0) return std::nullopt;
  line.remove_prefix(field.size() + 1);
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  while (!line.empty() && line.back() == ' ') line.remove_suffix(1);
  return line;
}

std::optional<std::size_t> whole(std::string_view text, int base = 10) {
  std::size_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return n;
}

}  // namespace

answer_reader::room answer_reader::more() {
  if (buffer_.size() - filled_ < smallest_room) buffer_.resize(filled_ * 2 + 2 * smallest_room);
  return {buffer_.data() + filled_, buffer_.size() - filled_};
}

std::optional<plain_answer> answer_reader::take() {
  if (body_at_ == 0 && !read_head()) return std::nullopt;
  if (!has_body()) return std::nullopt;
  answer_.body = std::string_view(buffer_).substr(body_at_, length_);
  return answer_;
}

bool answer_reader::has_body() {
  return chunk_at_ == 0 ? filled_ >= body_at_ + length_ : take_chunks();
}

/// Joins the chunks at the body's place; true at their end.
bool answer_reader::take_chunks() {
  while (!malformed_) {
    const std::string_view rest(buffer_.data() + chunk_at_, filled_ - chunk_at_);
    const std::size_t line = rest.find("\r\n");
    malformed_ = std::min(line, rest.size()) > longest_line;
    if (line == std::string_view::npos) return false;
    if (in_trailer_) {
      chunk_at_ += line + 2;
      if (line == 0) return true;
      continue;
    }
    const auto size = whole(rest.substr(0, std::min(line, rest.find(';'))), 16);
    malformed_ = malformed_ || !size || *size > largest_answer - length_;
    if (malformed_) return false;
    in_trailer_ = *size == 0;
    const std::size_t end = line + 2 + (in_trailer_ ? 0 : *size + 2);
    if (rest.size() < end) return false;
    malformed_ = rest.substr(end - 2, 2) != "\r\n";
    std::memmove(buffer_.data() + body_at_ + length_, rest.data() + line + 2, *size);
    length_ += *size;
    chunk_at_ += end;
  }
  return false;
}

bool answer_reader::read_head() {
  const std::string_view all(buffer_.data(), filled_);
  const std::size_t from = scanned_ < 3 ? 0 : scanned_ - 3;
  const std::size_t end = all.find("\r\n\r\n", from);
  scanned_ = filled_;
  if (end == std::string_view::npos) {
    malformed_ = malformed_ || filled_ > smallest_room * 8;
    return false;
  }
  const bool is_old = all.starts_with("HTTP/1.0 ");
  if ((!all.starts_with("HTTP/1.1 ") && !is_old) || end < 12) {
    malformed_ = true;
    return false;
  }
  answer_ = {};
  answer_.keeps_alive = !is_old;
  answer_.status = static_cast<unsigned>(whole(all.substr(9, 3)).value_or(0));
  for (std::size_t at = all.find("\r\n"); at < end;) {
    const std::size_t begin = at + 2;
    at = all.find("\r\n", begin);
    read_field(all.substr(begin, at - begin));
  }
  malformed_ = malformed_ || answer_.status < 100 || length_ > largest_answer ||
               (has_length_ && chunk_at_ != 0);
  if (malformed_) return false;
  body_at_ = end + 4;
  if (chunk_at_ != 0) chunk_at_ = body_at_;
  return true;
}

void answer_reader::read_field(std::string_view line) {
  if (line.empty()) return;
  switch (line.front() | 0x20) {
    case 'c':
      if (const auto v = value_of(line, "content-length")) {
        length_ = has_length_ ? largest_answer + 1 : whole(*v).value_or(largest_answer + 1);
        has_length_ = true;
      } else if (const auto c = value_of(line, "connection")) {
        answer_.keeps_alive =
            ::strncasecmp(c->data(), "close", std::min<std::size_t>(c->size(), 5)) != 0;
      }
      return;
    case 'r':
      if (const auto v = value_of(line, "retry-after"))
        if (const auto s = whole(*v)) answer_.retry_after = std::chrono::seconds(*s);
      return;
    case 'i':
      if (const auto v = value_of(line, "idempotency-replayed")) answer_.replayed = *v == "true";
      return;
    case 't':
      if (const auto v = value_of(line, "transfer-encoding")) {
        malformed_ = malformed_ || chunk_at_ != 0 || *v != "chunked";
        chunk_at_ = 1;  // its place is known at the head's end
      }
      return;
    default: return;
  }
}

void answer_reader::next() {
  const std::size_t used = chunk_at_ == 0 ? body_at_ + length_ : chunk_at_;
  std::memmove(buffer_.data(), buffer_.data() + used, filled_ - used);
  filled_ -= used;
  body_at_ = scanned_ = length_ = chunk_at_ = 0;
  has_length_ = in_trailer_ = false;
}

void answer_reader::clear() noexcept {
  filled_ = body_at_ = scanned_ = length_ = chunk_at_ = 0;
  has_length_ = in_trailer_ = malformed_ = false;
}

}  // namespace bank::driver
