#pragma once

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>

namespace bank::driver {

/// A server on a free loopback port that answers each request with the result of a function, on a
/// thread of its own, so that only the driver's own time is measured.
class trivial_answerer {
 public:
  /// Gets a whole request; its result is sent unchanged. Empty: the connection is closed; " ": no
  /// answer.
  using answer_function = std::function<std::string(std::string_view request)>;

  explicit trivial_answerer(answer_function answer) : answer_(std::move(answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof here;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&here), size) != 0 ||
        ::listen(listener_, 1024) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&here), &size) != 0)
      std::abort();
    port_ = ntohs(here.sin_port);
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    stop_ = ::eventfd(0, EFD_CLOEXEC);
    watch(listener_);
    watch(stop_);
    thread_ = std::thread([this] { serve(); });
  }
  trivial_answerer(const trivial_answerer&) = delete;
  trivial_answerer& operator=(const trivial_answerer&) = delete;
  ~trivial_answerer() {
    const std::uint64_t one = 1;
    if (::write(stop_, &one, sizeof one) < 0) std::abort();
    thread_.join();
    for (const auto& [fd, received] : received_) ::close(fd);
    for (const int fd : {listener_, stop_, epoll_}) ::close(fd);
  }

  std::uint16_t port() const noexcept { return port_; }
  std::uint64_t requests() const noexcept { return requests_; }
  int connections() const noexcept { return connections_; }

  static std::string created(std::string_view body) {
    return "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
  }

 private:
  void watch(int fd) {
    epoll_event e{};
    e.events = EPOLLIN;
    e.data.fd = fd;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &e);
  }

  void serve() {
    std::array<epoll_event, 256> events{};
    while (true) {
      const int n = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < n; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == stop_) return;
        if (fd == listener_)
          take();
        else
          receive(fd);
      }
    }
  }

  void take() {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ++connections_;
    received_[fd];
    watch(fd);
  }

  void drop(int fd) {
    received_.erase(fd);
    ::close(fd);
  }

  void receive(int fd) {
    std::array<char, 64 * 1024> buffer{};
    const ssize_t n = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (n <= 0) return drop(fd);
    std::string& all = received_[fd];
    all.append(buffer.data(), static_cast<std::size_t>(n));
    while (true) {
      const std::size_t head = all.find("\r\n\r\n");
      if (head == std::string::npos) return;
      const std::size_t field = all.find("Content-Length:");
      const std::size_t length =
          field < head ? std::strtoul(all.c_str() + field + 15, nullptr, 10) : 0;
      if (all.size() < head + 4 + length) return;
      ++requests_;
      const std::string answer = answer_(std::string_view(all).substr(0, head + 4 + length));
      if (answer.empty()) return drop(fd);
      if (::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) return drop(fd);
      all.erase(0, head + 4 + length);
    }
  }

  answer_function answer_;
  int listener_ = -1;
  int epoll_ = -1;
  int stop_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<std::uint64_t> requests_{0};
  std::atomic<int> connections_{0};
  std::unordered_map<int, std::string> received_;
  std::thread thread_;
};

inline std::string ok(const std::string& body, const std::string& fields = {}) {
  return "HTTP/1.1 200 OK\r\n" + fields + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

}  // namespace bank::driver
