#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bank/driver/problem.hpp"
#include "bank/driver/task.hpp"

namespace bank::driver {

/// Where a node listens.
struct http_address {
  std::string host;
  std::uint16_t port = 80;

  /// "http://HOST[:PORT]", where HOST is a name, an IPv4 or a bracketed IPv6 address.
  static result<http_address> parse(std::string_view url);
  std::string url() const;

  friend bool operator==(const http_address&, const http_address&) = default;
};

/// What came back, or why nothing did.
struct http_answer {
  error_code error;       ///< set: there is no answer, and the request may or may not have arrived
  unsigned status = 0;    ///< 0 without an answer
  bool replayed = false;  ///< the node had answered the same request before
  std::optional<std::chrono::seconds> retry_after;
  std::string body;
};

/// Knows a node and who calls it: makes requests' bytes and connections. Must outlive them.
class http_client {
 public:
  struct settings {
    http_address address;
    std::string token;                          ///< for `Authorization`; empty: none is sent
    std::chrono::milliseconds timeout{15'000};  ///< for a whole exchange, connecting included
  };

  /// Looks the address up; a name that nobody knows is a problem.
  static result<http_client> make(asio::io_context& io, settings s);

  /// The bytes of a request, ready to be sent as often as one likes.
  std::string get(std::string_view target) const;
  std::string post(std::string_view target, std::string_view body,
                   std::string_view idempotency_key = {}) const;

  const http_address& address() const noexcept { return settings_.address; }

 private:
  friend class http_connection;
  http_client(asio::io_context& io, settings s) : io_(&io), settings_(std::move(s)) {}
  std::string head(std::string_view method, std::string_view target) const;

  asio::io_context* io_;
  settings settings_;
  std::vector<asio::ip::tcp::endpoint> endpoints_;
};

/// One connection, kept alive between requests and made anew when it broke. One request at a time;
/// the thread of the client's `io_context` only.
class http_connection {
 public:
  explicit http_connection(const http_client& client);
  http_connection(http_connection&&) noexcept = default;
  http_connection& operator=(http_connection&&) = delete;
  ~http_connection();

  /// Sends `request`, which must stay until the answer is there, and reads the answer. Never
  /// repeats a request: whether that is safe is the caller's to know.
  task<http_answer> exchange(std::string_view request);
  /// Hangs up. An exchange that runs ends with an error; the next one connects anew.
  void close();

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace bank::driver
