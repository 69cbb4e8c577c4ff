#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace bank::driver {

/// What an answer says, as far as a client under load needs it.
struct plain_answer {
  unsigned status = 0;
  bool replayed = false;
  bool keeps_alive = true;
  std::optional<std::chrono::seconds> retry_after;
  std::string_view body;  ///< until the reader is given more
};

/// Reads HTTP/1.1 answers that say their Content-Length, as the node's do, with nothing copied and
/// nothing kept: at tens of thousands a second a full parser is a third of a client's time. Pure.
class answer_reader {
 public:
  /// Where the next bytes may be put, and how many there are of them.
  struct room {
    char* at = nullptr;
    std::size_t size = 0;
  };
  room more();
  void took(std::size_t n) noexcept { filled_ += n; }

  /// The answer, once it is whole.
  std::optional<plain_answer> take();
  /// What came can't be an answer, or is larger than any.
  bool is_malformed() const noexcept { return malformed_; }
  /// Forgets the answer that was taken, or all there is.
  void next();
  void clear() noexcept;

 private:
  bool read_head();
  void read_field(std::string_view line);

  std::string buffer_;
  std::size_t filled_ = 0;
  std::size_t body_at_ = 0;  // 0: the head is not whole
  std::size_t scanned_ = 0;
  std::size_t length_ = 0;
  plain_answer answer_;
  bool malformed_ = false;
};

}  // namespace bank::driver
