#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace bank::driver {

/// The parts of an answer that a load client needs.
struct plain_answer {
  unsigned status = 0;
  bool replayed = false;
  bool keeps_alive = true;
  std::optional<std::chrono::seconds> retry_after;
  std::string_view body;  ///< valid until the reader gets more bytes
};

/// Reads HTTP/1.1 answers with a Content-Length, as the node sends them, without copies: at tens of
/// thousands of answers per second a full parser takes a third of a client's time. Pure.
class answer_reader {
 public:
  /// The buffer for the next bytes.
  struct room {
    char* at = nullptr;
    std::size_t size = 0;
  };
  room more();
  void took(std::size_t n) noexcept { filled_ += n; }

  /// The answer, once complete.
  std::optional<plain_answer> take();
  /// The bytes are not an answer, or too many.
  bool is_malformed() const noexcept { return malformed_; }
  /// Discards the taken answer, or everything.
  void next();
  void clear() noexcept;

 private:
  bool read_head();
  void read_field(std::string_view line);

  std::string buffer_;
  std::size_t filled_ = 0;
  std::size_t body_at_ = 0;  // 0: the head is not complete
  std::size_t scanned_ = 0;
  std::size_t length_ = 0;
  plain_answer answer_;
  bool malformed_ = false;
};

}  // namespace bank::driver
