#pragma once

#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "api/exchange_log.hpp"

namespace bank::api::testing {

struct reply {
  unsigned status = 0;                        ///< 0: the server closed the connection instead
  std::map<std::string, std::string> fields;  ///< names in lower case
  std::string body;

  boost::json::object json() const { return boost::json::parse(body).as_object(); }
  boost::json::array rows() const { return json().at("data").as_array(); }
  std::string code() const { return text("code"); }
  std::string text(std::string_view member) const {
    const auto o = json();
    const auto* v = o.if_contains(member);
    return v != nullptr && v->is_string() ? std::string(v->get_string()) : std::string();
  }
  std::string field(const std::string& name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string() : found->second;
  }
};

/// A connection that sends exactly the given bytes.
class http_client {
 public:
  /// `window`: size of its receive buffer in bytes; 0: the system's default.
  explicit http_client(std::uint16_t port, int window = 0) : socket_(*io_) {
    const boost::asio::ip::tcp::endpoint server(boost::asio::ip::make_address("127.0.0.1"), port);
    socket_.open(server.protocol());
    if (window > 0) {
      socket_.set_option(boost::asio::socket_base::receive_buffer_size(window));
      const int segment = 1400;  // with the loopback's 64 KiB, the server's side would hold 2 MB
      ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
    }
    socket_.connect(server);
    // So that a broken server fails the test instead of hanging it.
    const timeval patience{60, 0};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }

  void send(std::string_view bytes) {
    log_.sent(bytes);
    boost::system::error_code ignored;
    boost::asio::write(socket_, boost::asio::buffer(bytes.data(), bytes.size()), ignored);
  }

  /// Reads one answer; `bodiless` after HEAD.
  reply read(bool bodiless = false) {
    reply r;
    while (buffer_.find("\r\n\r\n") == std::string::npos)
      if (!fill()) return r;
    const std::size_t end = buffer_.find("\r\n\r\n") + 4;
    parse_head(r, std::string_view(buffer_).substr(0, end));
    buffer_.erase(0, end);
    const bool empty = bodiless || r.status == 304 || r.status < 200;
    if (!empty && r.field("transfer-encoding") == "chunked") return read_chunks(std::move(r));
    const std::size_t length = empty ? 0 : std::stoul("0" + r.field("content-length"));
    while (buffer_.size() < length)
      if (!fill()) return r;
    r.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    log_.answered(r.status, r.fields, r.body);
    return r;
  }

  /// Receives about this many bytes, for a later read().
  void take(std::size_t bytes) {
    for (const std::size_t enough = buffer_.size() + bytes; buffer_.size() < enough && fill();) {
    }
  }
  /// Reads up to the next `end`, without it; everything if the connection closes first.
  std::string until(std::string_view end) {
    while (buffer_.find(end) == std::string::npos)
      if (!fill()) return std::exchange(buffer_, {});
    const std::size_t at = buffer_.find(end);
    std::string text = buffer_.substr(0, at);
    buffer_.erase(0, at + end.size());
    return text;
  }
  /// This many bytes, or fewer if the connection closes first.
  std::string bytes(std::size_t n) {
    while (buffer_.size() < n && fill()) {
    }
    std::string text = buffer_.substr(0, n);
    buffer_.erase(0, n);
    return text;
  }
  /// Waits for the server to close the connection; false if it sends something instead.
  bool closed() { return buffer_.empty() && !fill() && buffer_.empty(); }
  void hang_up() { socket_.close(); }
  boost::asio::ip::tcp::socket& socket() { return socket_; }

 private:
  bool fill() {
    std::array<char, 4096> bytes;
    const auto n = ::recv(socket_.native_handle(), bytes.data(), bytes.size(), 0);
    if (n > 0) buffer_.append(bytes.data(), static_cast<std::size_t>(n));
    return n > 0;
  }

  /// Status 0 if the last chunk is missing.
  reply read_chunks(reply r) {
    for (;;) {
      const std::string size = until("\r\n");
      const std::size_t n = size.empty() ? 0 : std::stoul(size, nullptr, 16);
      const std::string chunk = bytes(n + 2);
      if (size.empty() || chunk.size() != n + 2) return {};
      if (n == 0) break;
      r.body.append(chunk, 0, n);
    }
    log_.answered(r.status, r.fields, r.body);
    return r;
  }

  static void parse_head(reply& r, std::string_view head) {
    r.status = static_cast<unsigned>(std::stoul(std::string(head.substr(9, 3))));
    std::size_t at = head.find("\r\n") + 2;
    while (head.substr(at, 2) != "\r\n") {
      const std::size_t end = head.find("\r\n", at);
      const std::string_view line = head.substr(at, end - at);
      const std::size_t colon = line.find(": ");
      std::string name(line.substr(0, colon));
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      r.fields[name] = line.substr(colon + 2);
      at = end + 2;
    }
  }

  std::unique_ptr<boost::asio::io_context> io_ = std::make_unique<boost::asio::io_context>();
  boost::asio::ip::tcp::socket socket_;
  std::string buffer_;
  exchange_log log_;
};

/// A request with defaults.
struct ask_for {
  std::string method = "GET";
  std::string target = "/";
  std::string token = {};
  std::string body = {};
  std::string fields = {};  ///< further header lines, each with CRLF

  std::string text() const {
    std::string t = method + " " + target + " HTTP/1.1\r\nHost: bank\r\n";
    if (!token.empty()) t += "Authorization: Bearer " + token + "\r\n";
    t += fields;
    if (!body.empty()) {
      t += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n";
    }
    return t + "\r\n" + body;
  }
};

}  // namespace bank::api::testing
