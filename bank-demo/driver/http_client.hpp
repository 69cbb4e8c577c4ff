#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "driver/http_address.hpp"
#include "driver/load/load_connection.hpp"

namespace bank::driver {

/// A node as one caller reaches it: writes requests and makes connections. Must outlive them.
class http_client {
 public:
  /// Resolves the address; an unknown name is a problem. `token` is for `Authorization`; empty:
  /// none.
  static result<http_client> make(asio::io_context& io, const http_address& node,
                                  const std::string& token);

  asio::io_context& io() const noexcept { return *io_; }
  const http_address& address() const noexcept { return address_; }
  /// A new connection, which tries all addresses of the node. `counted` counts its bytes.
  load_connection connect(traffic* counted = nullptr) const { return {*io_, nodes_, counted}; }

  /// A request without a body replaces the content of `out`. Each of `more_fields` ends with a line
  /// break.
  void get(std::string_view target, std::string& out, std::string_view more_fields = {}) const;
  /// The same with a JSON body, which `append_body` appends to `out`.
  template <class AppendBody>
  void post(std::string_view target, std::string_view more_fields, std::string& out,
            AppendBody append_body) const {
    const std::size_t body_at = begin_post(target, more_fields, out);
    append_body(out);
    set_length(out, body_at);
  }

 private:
  http_client(asio::io_context& io, const http_address& node,
              std::vector<asio::ip::tcp::endpoint> nodes, const std::string& token);
  /// Returns the place of the body.
  std::size_t begin_post(std::string_view target, std::string_view more_fields,
                         std::string& out) const;
  static void set_length(std::string& out, std::size_t body_at);

  asio::io_context* io_;
  http_address address_;
  std::vector<asio::ip::tcp::endpoint> nodes_;
  std::string fields_;  // of every request
};

}  // namespace bank::driver
