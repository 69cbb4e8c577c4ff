#include "driver/events/event_reader.hpp"

#include <charconv>

namespace bank::driver {

void event_reader::took(std::string_view bytes) {
  buffer_.erase(0, at_);
  at_ = 0;
  buffer_.append(bytes);
}

std::optional<bool> event_reader::head() {
  const std::size_t end = buffer_.find("\r\n\r\n");
  if (end == std::string::npos) return std::nullopt;
  at_ = end + 4;
  return buffer_.starts_with("HTTP/1.1 200");
}

std::optional<stream_event> event_reader::next() {
  while (true) {
    const std::size_t end = buffer_.find("\n\n", at_);
    if (end == std::string::npos) return std::nullopt;
    std::string_view lines = std::string_view(buffer_).substr(at_, end - at_);
    at_ = end + 2;
    stream_event e;
    while (!lines.empty()) {
      const std::size_t n = std::min(lines.find('\n'), lines.size());
      const std::string_view line = lines.substr(0, n);
      lines.remove_prefix(std::min(n + 1, lines.size()));
      if (line.starts_with("event: ")) e.type = line.substr(7);
      if (line.starts_with("data: ")) e.data = line.substr(6);
      if (!line.starts_with("id: ")) continue;
      std::uint64_t sequence = 0;
      std::from_chars(line.data() + 4, line.data() + line.size(), sequence);
      e.sequence = sequence;
    }
    if (!e.type.empty()) return e;
  }
}

void event_reader::clear() {
  buffer_.clear();
  at_ = 0;
}

}  // namespace bank::driver
