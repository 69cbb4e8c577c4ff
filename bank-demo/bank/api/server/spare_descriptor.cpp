#include "bank/api/server/spare_descriptor.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace bank::api {

spare_descriptor::spare_descriptor() noexcept { keep(); }

spare_descriptor::~spare_descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

void spare_descriptor::keep() noexcept { fd_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

bool spare_descriptor::refuse_next(int listener, std::string_view answer) noexcept {
  if (fd_ < 0) keep();
  if (fd_ < 0) return false;
  ::close(fd_);
  const int client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (client >= 0) {
    // Reads what the client sent: closing a socket with unread bytes resets it, and the client
    // might never see the answer.
    std::array<char, 16 * 1024> unread;
    ::recv(client, unread.data(), unread.size(), MSG_DONTWAIT);
    ::send(client, answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    ::shutdown(client, SHUT_WR);
    ::close(client);
  }
  keep();
  return client >= 0;
}

}  // namespace bank::api
