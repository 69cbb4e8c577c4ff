#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace bank::driver {

/// The parts of an answer that the driver needs.
struct plain_answer {
  unsigned status = 0;
  bool replayed = false;
  bool keeps_alive = true;
  std::optional<std::chrono::seconds> retry_after;
  std::string_view body;  ///< valid until the reader gets more bytes
};

/// Reads HTTP answers without copies: at tens of thousands of answers per second a full parser
/// takes a third of a client's time. The node sends a Content-Length; what stands between may send
/// chunks. Pure.
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
  bool has_body();
  bool take_chunks();

  std::string buffer_;
  std::size_t filled_ = 0;
  std::size_t body_at_ = 0;  // 0: the head is not complete
  std::size_t scanned_ = 0;
  std::size_t length_ = 0;    // of the body; of a chunked one, as far as it is joined
  std::size_t chunk_at_ = 0;  // the next chunk's line; 0: the body is not chunked
  bool has_length_ = false;
  bool in_trailer_ = false;
  plain_answer answer_;
  bool malformed_ = false;
};

}  // namespace bank::driver
