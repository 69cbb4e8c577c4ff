#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <string>
#include <thread>

#include "driver/http_client.hpp"

namespace bank::driver {

/// Answers each request with the result of a function of its head; an empty answer closes the
/// connection, "wait" never answers. One thread, one connection after another.
class trivial_server {
 public:
  using answerer = std::function<std::string(const std::string& head)>;

  explicit trivial_server(answerer answer)
      : answer_(std::move(answer)),
        acceptor_(io_, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        thread_([this] { serve(); }) {}
  trivial_server(const trivial_server&) = delete;
  trivial_server& operator=(const trivial_server&) = delete;
  ~trivial_server() {
    ending_ = true;
    error_code ignored;
    asio::ip::tcp::socket knock(io_);
    knock.connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
  }

  http_address address() const { return {"127.0.0.1", acceptor_.local_endpoint().port()}; }
  int connections() const { return connections_; }

 private:
  void serve() {
    for (;;) {
      asio::ip::tcp::socket peer = acceptor_.accept();
      if (ending_) return;
      ++connections_;
      serve(peer);
    }
  }

  void serve(asio::ip::tcp::socket& peer) {
    std::string input;
    error_code error;
    for (;;) {
      const std::size_t n = asio::read_until(peer, asio::dynamic_buffer(input), "\r\n\r\n", error);
      if (error) return;
      const std::string reply = answer_(input.substr(0, n));
      input.erase(0, n);
      if (reply.empty()) return;
      if (reply != "wait") asio::write(peer, asio::buffer(reply), error);
    }
  }

  answerer answer_;
  asio::io_context io_;
  asio::ip::tcp::acceptor acceptor_;
  std::atomic<int> connections_ = 0;
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

inline std::string ok(const std::string& body, const std::string& fields = {}) {
  return "HTTP/1.1 200 OK\r\n" + fields + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

}  // namespace bank::driver
