#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bank::api {

/// Decodes the body that follows a request's head: of known length, or chunked (RFC 9112, 7.1).
/// Chunk extensions and trailers are skipped.
class body_decoder {
 public:
  enum class verdict : std::uint8_t { incomplete, complete, too_large, malformed };

  static body_decoder of_length(std::uint64_t length, std::size_t limit) noexcept;
  static body_decoder chunked(std::size_t limit) noexcept;

  /// Appends the decoded part of `input` to `body`; `used` is the number of bytes taken. Pass the
  /// rest again, followed by what arrived since.
  verdict feed(std::string_view input, std::string& body, std::size_t& used);

 private:
  enum class state : std::uint8_t { data, size_line, data_end, trailer, done };

  verdict take_data(std::string_view input, std::string& body, std::size_t& used);
  verdict take_line(std::string_view line);
  verdict begin_chunk(std::string_view line);

  state state_ = state::done;
  bool chunked_ = false;
  std::uint64_t left_ = 0;
  std::size_t limit_ = 0;
  std::size_t line_bytes_ = 0;  // of size lines and trailers, which are not part of the body
};

}  // namespace bank::api
