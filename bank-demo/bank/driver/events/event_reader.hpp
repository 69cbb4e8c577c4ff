#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bank::driver {

/// An event of the node's stream; the texts stay until the reader is given more.
struct stream_event {
  std::optional<std::uint64_t> sequence;
  std::string_view type;
  std::string_view data;
};

/// Cuts a stream of server-sent events into events, however its bytes are cut. Pure.
class event_reader {
 public:
  void took(std::string_view bytes);
  /// The next whole event; comments are passed over.
  std::optional<stream_event> next();
  /// The answer's head is whole, and says 200. Nothing: it is not whole yet.
  std::optional<bool> head();
  void clear();

 private:
  std::string buffer_;
  std::size_t at_ = 0;
};

}  // namespace bank::driver
