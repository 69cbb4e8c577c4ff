#include "driver/http_client.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace bank::driver {

namespace {

/// Wide enough for every body; the length is filled in after the body.
constexpr std::string_view length_field = "Content-Length:         \r\n\r\n";

}  // namespace

result<http_client> http_client::make(asio::io_context& io, const http_address& node,
                                      const std::string& token) {
  auto nodes = resolve(io, node);
  if (!nodes) return nodes.error();
  return http_client(io, node, std::move(*nodes), token);
}

http_client::http_client(asio::io_context& io, const http_address& node,
                         std::vector<asio::ip::tcp::endpoint> nodes, const std::string& token)
    : io_(&io),
      address_(node),
      nodes_(std::move(nodes)),
      fields_(" HTTP/1.1\r\nHost: " + node.url().substr(7) + "\r\n") {
  if (!token.empty()) fields_ += "Authorization: Bearer " + token + "\r\n";
}

void http_client::get(std::string_view target, std::string& out,
                      std::string_view more_fields) const {
  out.assign("GET ").append(target).append(fields_).append(more_fields).append("\r\n");
}

std::size_t http_client::begin_post(std::string_view target, std::string_view more_fields,
                                    std::string& out) const {
  out.assign("POST ").append(target).append(fields_).append(more_fields);
  out.append("Content-Type: application/json\r\n").append(length_field);
  return out.size();
}

/// Writes the body's length into the space that `begin_post` has left.
void http_client::set_length(std::string& out, std::size_t body_at) {
  std::array<char, 24> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), out.size() - body_at).ptr;
  const auto digits = static_cast<std::size_t>(end - text.data());
  std::copy(text.data(), end, out.data() + body_at - 4 - digits);
}

}  // namespace bank::driver
