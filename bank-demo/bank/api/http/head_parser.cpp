#include "bank/api/http/head_parser.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "bank/api/http/field_list.hpp"
#include "bank/api/http/reused_text.hpp"
#include "bank/api/http/target.hpp"

namespace bank::api {

namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using beast_text = beast::string_view;

std::string_view view(beast_text s) noexcept { return {s.data(), s.size()}; }

method method_of(http::verb v) noexcept {
  switch (v) {
    case http::verb::get: return method::get;
    case http::verb::head: return method::head;
    case http::verb::post: return method::post;
    case http::verb::patch: return method::patch;
    case http::verb::delete_: return method::del;
    default: return method::other;  // Beast knows more methods than the API
  }
}

/// Beast reads the lines; this class keeps the few headers that matter and is stricter than Beast.
class parser final : public http::basic_parser<true> {
 public:
  parser(request& r, head_error& why) : request_(r), why_(why) {}

  void finish() {
    request_.keep_alive = keep_alive();
    request_.chunked = chunked();
    request_.asks_for_websocket = request_.http11 && upgrade() && names_websocket_;
    const auto length = content_length();
    request_.content_length = length ? *length : 0;
  }
  unsigned hosts() const noexcept { return hosts_; }
  bool refused() const noexcept { return refused_; }

 private:
  void on_request_impl(http::verb v, beast_text, beast_text target, int version,
                       beast::error_code& ec) override {
    request_.method = method_of(v);
    request_.target.assign(target.data(), target.size());
    request_.http11 = version >= 11;
    // `OPTIONS *` asks about the server as a whole (RFC 9112, 3.2.4).
    if (v == http::verb::options && target == "*") {
      request_.path = "*";
    } else if (!split_target(request_.target, request_.path, request_.query)) {
      refuse("", "the request target must be a path or an http URI with a host", ec);
    }
  }

  void on_field_impl(http::field f, beast_text name, beast_text value,
                     beast::error_code& ec) override {
    switch (f) {
      case http::field::authorization:
        once(request_.authorization, "Authorization", value, ec);
        break;
      case http::field::content_type: once(request_.content_type, "Content-Type", value, ec); break;
      case http::field::if_match: keep_list(request_.if_match, value); break;
      case http::field::if_none_match: keep_list(request_.if_none_match, value); break;
      case http::field::content_length: on_length(value, ec); break;
      case http::field::transfer_encoding: on_coding(value, ec); break;
      case http::field::content_encoding: on_content_coding(view(value)); break;
      case http::field::host: on_host(view(value), ec); break;
      case http::field::expect: on_expect(view(value)); break;
      case http::field::upgrade:
        names_websocket_ = names_websocket_ || lists_token(view(value), "websocket");
        break;
      case http::field::sec_websocket_key:
        once(request_.websocket_key, "Sec-WebSocket-Key", value, ec);
        break;
      case http::field::sec_websocket_version:
        once(request_.websocket_version, "Sec-WebSocket-Version", value, ec);
        break;
      default: on_other(view(name), value, ec); break;
    }
  }

  void on_other(std::string_view name, beast_text value, beast::error_code& ec) {
    if (beast::iequals(name, "X-Request-ID")) {
      if (!request_.request_id) request_.request_id.emplace(value.data(), value.size());
    } else if (beast::iequals(name, "X-Request-Timeout-Ms")) {
      once(request_.timeout_ms, "X-Request-Timeout-Ms", value, ec);
    } else if (beast::iequals(name, "Idempotency-Key")) {
      once(request_.idempotency_key, "Idempotency-Key", value, ec);
    } else if (beast::iequals(name, "traceparent")) {
      keep_list(request_.traceparent, value);  // two count as a malformed one
    } else if (beast::iequals(name, "Last-Event-ID")) {
      once(request_.last_event_id, "Last-Event-ID", value, ec);
    }
  }

  void on_length(beast_text value, beast::error_code& ec) {
    const bool digits = !value.empty() && std::all_of(value.begin(), value.end(),
                                                      [](char c) { return c >= '0' && c <= '9'; });
    if (!digits || lengths_++ != 0)
      refuse("Content-Length", "Content-Length must be given once, as one number", ec);
  }

  void on_coding(beast_text value, beast::error_code& ec) {
    if (beast::iequals(value, "chunked") && request_.http11) return;
    refuse("Transfer-Encoding", "the only supported transfer coding is chunked", ec);
    // The body's end is known, but its coding is not supported: 501 (RFC 9112, 6.1 and 6.3).
    const auto last = view(value).rfind(',');
    if (last == std::string_view::npos || !request_.http11) return;
    const bool ends_chunked = lists_token(view(value).substr(last), "chunked");
    if (ends_chunked && !lists_token(view(value).substr(0, last), "chunked"))
      why_.code = code::not_implemented;
  }

  void on_host(std::string_view value, beast::error_code& ec) {
    ++hosts_;
    if (!is_host(value)) refuse("Host", "Host must be a host, with or without a port", ec);
  }

  /// HTTP/1.0 has no Expect (RFC 9110, 10.1.1).
  void on_expect(std::string_view value) {
    if (!request_.http11) return;
    while (const auto expected = next_element(value)) {
      const bool known = beast::iequals(*expected, "100-continue");
      (known ? request_.expects_continue : request_.expects_other) = true;
    }
  }

  void on_content_coding(std::string_view value) {
    while (const auto coding = next_element(value))
      if (!beast::iequals(*coding, "identity")) request_.has_content_coding = true;
  }

  void once(std::optional<std::string>& to, std::string_view name, beast_text value,
            beast::error_code& ec) {
    if (to) return refuse(name, "the header is given twice; give it once", ec);
    to.emplace(value.data(), value.size());
  }

  static void keep_list(std::optional<std::string>& to, beast_text value) {
    if (to) {
      to->append(",").append(value.data(), value.size());
    } else {
      to.emplace(value.data(), value.size());
    }
  }

  void refuse(std::string_view field, std::string_view detail, beast::error_code& ec) {
    refused_ = true;
    why_ = {field, detail};
    ec = http::error::bad_value;
  }

  // Beast gets the head only.
  void on_response_impl(int, beast_text, int, beast::error_code&) override {}
  void on_header_impl(beast::error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
  std::size_t on_body_impl(beast_text, beast::error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, beast_text, beast::error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast_text, beast::error_code&) override {
    return 0;
  }
  void on_finish_impl(beast::error_code&) override {}

  request& request_;
  head_error& why_;
  unsigned hosts_ = 0;
  unsigned lengths_ = 0;
  bool names_websocket_ = false;
  bool refused_ = false;
};

head_error explain(const beast::error_code& ec) {
  if (ec == http::error::bad_content_length || ec == http::error::multiple_content_length)
    return {"Content-Length", "Content-Length must be given once, as one number"};
  if (ec == http::error::bad_transfer_encoding)
    return {"Transfer-Encoding", "Transfer-Encoding must be given once, without Content-Length"};
  if (ec == http::error::bad_version) return {"", "the version must be HTTP/1.1 or HTTP/1.0"};
  if (ec == http::error::bad_method || ec == http::error::bad_target)
    return {"", "the request line is malformed"};
  return {"", "a header line is malformed"};
}

bool has_folded_line(std::string_view head) {
  return head.find("\n ") != std::string_view::npos || head.find("\n\t") != std::string_view::npos;
}

}  // namespace

void request::clear() {
  method = api::method::other;
  target.clear();
  path.clear();
  query.clear();
  http11 = keep_alive = true;
  expects_continue = expects_other = has_content_coding = asks_for_websocket = chunked = false;
  content_length = 0;
  for (auto* field :
       {&authorization, &content_type, &idempotency_key, &if_match, &if_none_match, &last_event_id,
        &request_id, &timeout_ms, &traceparent, &websocket_key, &websocket_version})
    field->reset();
  clear_for_the_next(body);
}

bool parse_head(std::string_view head, request& r, head_error& why) {
  if (has_folded_line(head)) {
    why.detail = "a header line is folded; send it as one line";
    return false;
  }
  parser p(r, why);
  p.skip(true);
  p.header_limit(static_cast<std::uint32_t>(head.size() + 1));
  p.body_limit(boost::none);
  beast::error_code ec;
  p.put(boost::asio::const_buffer(head.data(), head.size()), ec);
  if (ec || !p.is_done()) {
    if (!p.refused()) why = explain(ec);
    return false;
  }
  if (p.hosts() > 1 || (p.hosts() == 0 && r.http11)) {
    why = {"Host", "Host must be given exactly once"};
    return false;
  }
  p.finish();
  return true;
}

}  // namespace bank::api
