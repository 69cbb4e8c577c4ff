#include "driver/load/answer_reader.hpp"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace bank::driver {

namespace {

constexpr std::size_t smallest_room = 8 * 1024;
constexpr std::size_t largest_answer = 64 * 1024 * 1024;

/// The field's value if the line has that field.
std::optional<std::string_view> value_of(std::string_view line, std::string_view field) {
  if (line.size() <= field.size() || line[field.size()] != ':') return std::nullopt;
  if (::strncasecmp(line.data(), field.data(), field.size()) != 0) return std::nullopt;
  line.remove_prefix(field.size() + 1);
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  while (!line.empty() && line.back() == ' ') line.remove_suffix(1);
  return line;
}

std::optional<std::size_t> whole(std::string_view text) {
  std::size_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
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
  if (filled_ < body_at_ + length_) return std::nullopt;
  answer_.body = std::string_view(buffer_).substr(body_at_, length_);
  return answer_;
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
  if (!all.starts_with("HTTP/1.1 ") || end < 12) {
    malformed_ = true;
    return false;
  }
  answer_ = {};
  length_ = 0;
  answer_.status = static_cast<unsigned>(whole(all.substr(9, 3)).value_or(0));
  for (std::size_t at = all.find("\r\n"); at < end;) {
    const std::size_t begin = at + 2;
    at = all.find("\r\n", begin);
    read_field(all.substr(begin, at - begin));
  }
  malformed_ = malformed_ || answer_.status < 100 || length_ > largest_answer;
  if (malformed_) return false;
  body_at_ = end + 4;
  return true;
}

void answer_reader::read_field(std::string_view line) {
  if (line.empty()) return;
  switch (line.front() | 0x20) {
    case 'c':
      if (const auto v = value_of(line, "content-length")) {
        length_ = whole(*v).value_or(largest_answer + 1);
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
      // A body of unknown length is not supported.
      if (value_of(line, "transfer-encoding")) malformed_ = true;
      return;
    default: return;
  }
}

void answer_reader::next() {
  const std::size_t used = body_at_ + length_;
  std::memmove(buffer_.data(), buffer_.data() + used, filled_ - used);
  filled_ -= used;
  body_at_ = scanned_ = length_ = 0;
}

void answer_reader::clear() noexcept {
  filled_ = body_at_ = scanned_ = length_ = 0;
  malformed_ = false;
}

}  // namespace bank::driver
