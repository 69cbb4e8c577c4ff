#pragma once

#include <string_view>

namespace bank::api {

/// One file descriptor that is kept free. When the process has no other left, it is used to answer
/// new clients one by one: without it they would wait in the listener's queue, unanswered.
/// For one thread.
class spare_descriptor {
 public:
  spare_descriptor() noexcept;
  spare_descriptor(const spare_descriptor&) = delete;
  spare_descriptor& operator=(const spare_descriptor&) = delete;
  ~spare_descriptor();

  /// Accepts the next client of this listening socket, writes `answer` to it and closes. False if
  /// there was no client, or no descriptor: then the listener should rest for a moment.
  bool refuse_next(int listener, std::string_view answer) noexcept;
  /// False once others have taken even this one.
  bool is_kept() const noexcept { return fd_ >= 0; }

 private:
  void keep() noexcept;

  int fd_ = -1;
};

}  // namespace bank::api
