#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "driver/load/load_connection.hpp"
#include "driver/problem.hpp"
#include "driver/task.hpp"

namespace bank::driver {

/// The address of a node.
struct http_address {
  std::string host;
  std::uint16_t port = 80;

  /// "http://HOST[:PORT]", where HOST is a name, an IPv4 or a bracketed IPv6 address.
  static result<http_address> parse(std::string_view url);
  std::string url() const;

  friend bool operator==(const http_address&, const http_address&) = default;
};

/// The answer, or why there is none.
struct http_answer {
  error_code error;       ///< set: no answer; the request may have arrived
  unsigned status = 0;    ///< 0 without an answer
  bool replayed = false;  ///< the node repeated its first answer
  std::optional<std::chrono::seconds> retry_after;
  std::string body;
};

/// Creates requests and connections for one node and one caller. Must outlive them.
class http_client {
 public:
  struct settings {
    http_address address;
    std::string token;                          ///< for `Authorization`; empty: none
    std::chrono::milliseconds timeout{15'000};  ///< for a whole exchange, including the connect
  };

  /// Resolves the address; an unknown name is a problem.
  static result<http_client> make(asio::io_context& io, settings s);

  /// The bytes of a request, to be sent any number of times.
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

/// One connection, kept alive between requests and reconnected after an error. One request at a
/// time; use it on the thread of the client's `io_context` only.
class http_connection {
 public:
  explicit http_connection(const http_client& client);

  /// Sends `request`, which must outlive the call, and reads the answer. Never repeats a request:
  /// only the caller knows whether that is safe.
  task<http_answer> exchange(std::string_view request);
  /// Disconnects. A running exchange ends with an error; the next one reconnects.
  void close() { connection_.hang_up(); }

 private:
  const http_client* client_;
  std::unique_ptr<traffic> counted_;
  load_connection connection_;
};

}  // namespace bank::driver
