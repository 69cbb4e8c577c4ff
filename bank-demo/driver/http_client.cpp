#include "driver/http_client.hpp"

#include <boost/url/parse.hpp>
#include <charconv>

namespace bank::driver {

namespace {

/// 0 if the text is not a port.
std::uint16_t parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() ? port : std::uint16_t{0};
}

}  // namespace

result<http_address> http_address::parse(std::string_view url) {
  const auto wrong = [&] {
    return problem{"\"" + std::string(url) +
                   "\" is not an address of a node; it must be like "
                   "http://127.0.0.1:8080"};
  };
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed || parsed->host().empty()) return wrong();
  if (parsed->scheme() == "https")
    return problem{"\"" + std::string(url) +
                   "\": the driver supports plain HTTP only: use an address that starts with "
                   "http://"};
  const auto path = std::string(parsed->encoded_path());
  if (parsed->scheme() != "http" || (!path.empty() && path != "/") || parsed->has_query())
    return wrong();
  http_address address;
  address.host = parsed->host_address();
  if (parsed->has_port()) address.port = parse_port(parsed->port());
  if (address.port == 0) return wrong();
  return address;
}

std::string http_address::url() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return "http://" + (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

result<http_client> http_client::make(asio::io_context& io, settings s) {
  http_client client(io, std::move(s));
  const http_address& where = client.settings_.address;
  asio::ip::tcp::resolver resolver(io);
  error_code error;
  const auto found = resolver.resolve(where.host, std::to_string(where.port), error);
  if (error) return problem{where.url() + " can't be resolved: " + error.message()};
  for (const auto& entry : found) client.endpoints_.push_back(entry.endpoint());
  return client;
}

std::string http_client::head(std::string_view method, std::string_view target) const {
  std::string text;
  text.reserve(512);
  text.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: ");
  text.append(std::string_view(settings_.address.url()).substr(7)).append("\r\n");
  if (!settings_.token.empty())
    text.append("Authorization: Bearer ").append(settings_.token).append("\r\n");
  return text;
}

std::string http_client::get(std::string_view target) const { return head("GET", target) + "\r\n"; }

std::string http_client::post(std::string_view target, std::string_view body,
                              std::string_view idempotency_key) const {
  std::string text = head("POST", target);
  if (!idempotency_key.empty())
    text.append("Idempotency-Key: ").append(idempotency_key).append("\r\n");
  text.append("Content-Type: application/json\r\nContent-Length: ");
  text.append(std::to_string(body.size())).append("\r\n\r\n").append(body);
  return text;
}

http_connection::http_connection(const http_client& client)
    : client_(&client),
      counted_(std::make_unique<traffic>()),
      connection_(*client.io_, client.endpoints_, *counted_) {}

task<http_answer> http_connection::exchange(std::string_view request) {
  const exchanged e = co_await connection_.exchange(request, client_->settings_.timeout);
  http_answer answer;
  answer.error = e.error;
  if (e.error) co_return answer;
  answer.status = e.answer.status;
  answer.replayed = e.answer.replayed;
  answer.retry_after = e.answer.retry_after;
  answer.body = e.answer.body;
  co_return answer;
}

}  // namespace bank::driver
