#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bank::driver {

/// An event of the node's stream; its texts are valid until the reader gets more bytes.
struct stream_event {
  std::optional<std::uint64_t> sequence;
  std::string_view type;
  std::string_view data;
};

/// Splits a stream of server-sent events into events, for any split of its bytes. Pure.
class event_reader {
 public:
  void took(std::string_view bytes);
  /// The next complete event; comments are skipped.
  std::optional<stream_event> next();
  /// Is the status 200? Empty: the head is not complete yet.
  std::optional<bool> head();
  void clear();

 private:
  std::string buffer_;
  std::size_t at_ = 0;
};

}  // namespace bank::driver
