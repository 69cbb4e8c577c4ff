#include "bank/api/http/head_scanner.hpp"

namespace bank::api {

namespace {

/// Upper limit for the method and the version beside the target.
constexpr std::size_t request_line_frame = 64;
constexpr std::size_t most_empty_lines = 4;

bool begins_a_method(char c) noexcept { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

}  // namespace

head_scanner::verdict head_scanner::scan(std::string_view buffer) noexcept {
  for (;;) {
    const std::size_t feed = buffer.find('\n', scanned_);
    if (feed == std::string_view::npos) {
      scanned_ = buffer.size();
      if (in_request_line_ && line_begin_ < buffer.size() && buffer[line_begin_] != '\r' &&
          !begins_a_method(buffer[line_begin_]))
        return verdict::malformed;
      return judge_size(buffer.size());
    }
    if (feed == line_begin_ || buffer[feed - 1] != '\r') return verdict::malformed;
    const bool empty = feed == line_begin_ + 1;
    const std::size_t line = line_begin_;
    scanned_ = line_begin_ = feed + 1;
    if (empty && in_request_line_) {
      skipped_ = line_begin_;
      if (skipped_ > 2 * most_empty_lines) return verdict::malformed;
      continue;
    }
    if (in_request_line_ && !begins_a_method(buffer[line])) return verdict::malformed;
    if (const auto v = judge_size(line_begin_); v != verdict::incomplete) return v;
    in_request_line_ = false;
    if (empty) return verdict::complete;
  }
}

head_scanner::verdict head_scanner::judge_size(std::size_t size) const noexcept {
  if (in_request_line_ && size - skipped_ > limits_.target + request_line_frame)
    return verdict::target_too_long;
  return size - skipped_ > limits_.head ? verdict::head_too_large : verdict::incomplete;
}

}  // namespace bank::api
