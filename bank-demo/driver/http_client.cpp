#include "driver/http_client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/url/parse.hpp>
#include <charconv>

namespace bank::driver {

namespace {

namespace http = boost::beast::http;
using response_parser = http::response_parser<http::string_body>;

constexpr std::size_t body_limit = 64 * 1024 * 1024;

/// 0 if the text is not a port.
std::uint16_t parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() ? port : std::uint16_t{0};
}

/// The parser's result as plain values; moves the body.
http_answer digest(response_parser& parser) {
  auto& message = parser.get();
  http_answer answer;
  answer.status = message.result_int();
  if (const auto field = message.find("Idempotency-Replayed"); field != message.end())
    answer.replayed = field->value() == "true";
  if (const auto field = message.find(http::field::retry_after); field != message.end()) {
    unsigned seconds = 0;
    const auto text = field->value();
    if (std::from_chars(text.data(), text.data() + text.size(), seconds).ec == std::errc())
      answer.retry_after = std::chrono::seconds(seconds);
  }
  answer.body = std::move(message.body());
  return answer;
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

/// Shared with the timer's handler, which may still be queued when the connection is destroyed.
struct http_connection::state : std::enable_shared_from_this<state> {
  explicit state(const http_client& c)
      : client(c), socket(c.io_->get_executor()), watchdog(c.io_->get_executor()) {}

  /// One timer per connection, armed for the running exchange. It is not cancelled at the
  /// exchange's end, so most exchanges cost no timer.
  void watch() {
    if (watching) return;
    watching = true;
    watchdog.expires_at(deadline);
    watchdog.async_wait([weak = weak_from_this()](const error_code& error) {
      const auto self = weak.lock();
      if (error || !self) return;
      self->watching = false;
      if (!self->busy) return;
      if (std::chrono::steady_clock::time_point(lifeline::process_clock().now()) < self->deadline)
        return self->watch();
      self->timed_out = true;
      self->hang_up();
    });
  }

  void hang_up() {
    error_code ignored;
    socket.close(ignored);
    input.clear();
    watchdog.cancel();
    watching = false;
  }

  /// If nothing listens on the port, TCP may connect the socket to itself. That would block the
  /// node's port.
  bool reached_itself() const {
    error_code ignored;
    return socket.local_endpoint(ignored) == socket.remote_endpoint(ignored);
  }

  task<void> connect(error_code& error) {
    co_await asio::async_connect(socket, client.endpoints_, awaiting(error));
    if (!error && reached_itself()) error = asio::error::connection_refused;
    if (error) co_return;
    error_code ignored;
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  }

  task<void> send_and_read(std::string_view request, http_answer& answer, error_code& error) {
    if (!socket.is_open()) co_await connect(error);
    if (error) co_return;
    co_await asio::async_write(socket, asio::buffer(request), awaiting(error));
    if (error) co_return;
    response_parser parser;
    parser.body_limit(body_limit);
    co_await http::async_read(socket, input, parser, awaiting(error));
    if (error) co_return;
    const bool keep = parser.keep_alive();
    answer = digest(parser);
    if (!keep) hang_up();
  }

  const http_client& client;
  tcp_socket socket;
  timer watchdog;
  boost::beast::flat_buffer input;
  std::chrono::steady_clock::time_point deadline;
  bool watching = false;
  bool busy = false;
  bool timed_out = false;
};

http_connection::http_connection(const http_client& client)
    : state_(std::make_shared<state>(client)) {}

http_connection::~http_connection() {
  if (state_) close();
}

void http_connection::close() { state_->hang_up(); }

task<http_answer> http_connection::exchange(std::string_view request) {
  const auto self = state_;
  self->deadline = lifeline::process_clock().now() + self->client.settings_.timeout;
  self->busy = true;
  self->timed_out = false;
  self->watch();
  http_answer answer;
  error_code error;
  co_await self->send_and_read(request, answer, error);
  self->busy = false;
  if (!error) co_return answer;
  self->hang_up();
  answer.error = self->timed_out ? make_error_code(asio::error::timed_out) : error;
  co_return answer;
}

}  // namespace bank::driver
