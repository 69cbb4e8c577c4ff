#pragma once

#include <string_view>

namespace bank::api {

/// A file descriptor kept free. When the process has no other left, it serves to answer new clients
/// one by one: otherwise they would wait in the listen queue without an answer. For one thread.
class spare_descriptor {
 public:
  spare_descriptor() noexcept;
  spare_descriptor(const spare_descriptor&) = delete;
  spare_descriptor& operator=(const spare_descriptor&) = delete;
  ~spare_descriptor();

  /// Accepts the next client of the listening socket, writes `answer` to it and closes. False if
  /// there was no client or no descriptor: then the listener should pause.
  bool refuse_next(int listener, std::string_view answer) noexcept;
  /// False if other threads have taken this descriptor too.
  bool is_kept() const noexcept { return fd_ >= 0; }

 private:
  void keep() noexcept;

  int fd_ = -1;
};

}  // namespace bank::api
