#include "bank/api/http/head_parser.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "bank/api/http/field_list.hpp"
#include "bank/api/http/reused_text.hpp"
#include "bank/api/http/target.hpp"

namespace bank::api {

namespace {

/// RFC 9110, 5.6.2.
constexpr std::array<bool, 256> token_characters = [] {
  std::array<bool, 256> is{};
  for (unsigned char c = 'a'; c <= 'z'; ++c) is[c] = is[c - 'a' + 'A'] = true;
  for (unsigned char c = '0'; c <= '9'; ++c) is[c] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) is[static_cast<unsigned char>(c)] = true;
  return is;
}();

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return token_characters[static_cast<unsigned char>(c)];
  });
}

/// No control characters but tabs.
bool is_text(std::string_view text) noexcept {
  bool is = true;
  for (const char c : text) is &= (static_cast<unsigned char>(c) >= ' ' || c == '\t') && c != 0x7f;
  return is;
}

std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// Takes what precedes `end`; all, and nothing is left, if it is missing.
std::string_view take_until(std::string_view& text, std::string_view end) noexcept {
  const std::string_view taken = text.substr(0, text.find(end));
  text.remove_prefix(std::min(text.size(), taken.size() + end.size()));
  return taken;
}

method method_of(std::string_view name) noexcept {
  constexpr std::array<std::pair<std::string_view, method>, 5> known{{{"GET", method::get},
                                                                      {"HEAD", method::head},
                                                                      {"POST", method::post},
                                                                      {"PATCH", method::patch},
                                                                      {"DELETE", method::del}}};
  for (const auto& [text, m] : known)
    if (name == text) return m;
  return method::other;
}

/// A header that is kept as it is.
struct kept_field {
  std::string_view name;
  std::optional<std::string> request::*to;
};
/// Given at most once.
constexpr std::array single_fields{
    kept_field{"Authorization", &request::authorization},
    kept_field{"Content-Type", &request::content_type},
    kept_field{"Idempotency-Key", &request::idempotency_key},
    kept_field{"X-Request-Timeout-Ms", &request::timeout_ms},
    kept_field{"Last-Event-ID", &request::last_event_id},
    kept_field{"Sec-WebSocket-Key", &request::websocket_key},
    kept_field{"Sec-WebSocket-Version", &request::websocket_version}};
/// Lists, which several lines make together. Two `traceparent` count as a malformed one.
constexpr std::array list_fields{kept_field{"If-Match", &request::if_match},
                                 kept_field{"If-None-Match", &request::if_none_match},
                                 kept_field{"traceparent", &request::traceparent}};

/// Reads a head line by line. Each function returns false once an error is in `why`.
class head_reader {
 public:
  head_reader(request& r, head_error& why) : request_(r), why_(why) {}

  bool read(std::string_view head) {
    if (head.find("\n ") != head.npos || head.find("\n\t") != head.npos)
      return refuse("", "a header line is folded; send it as one line");
    if (!read_request_line(take_until(head, "\r\n"))) return false;
    for (std::string_view line = take_until(head, "\r\n"); !line.empty();
         line = take_until(head, "\r\n"))
      if (!read_line(line)) return false;
    if (hosts_ > 1 || (hosts_ == 0 && request_.http11))
      return refuse("Host", "Host must be given exactly once");
    request_.keep_alive = request_.http11 ? !closes_ : keeps_ && !closes_;
    request_.asks_for_websocket = request_.http11 && upgrades_ && names_websocket_;
    return true;
  }

 private:
  bool read_request_line(std::string_view line) {
    const std::string_view name = take_until(line, " ");
    const std::string_view target = take_until(line, " ");
    if (!is_token(name) || target.empty() || !is_text(target) || target.find('\t') != target.npos)
      return refuse("", "the request line is malformed");
    if (line != "HTTP/1.1" && line != "HTTP/1.0")
      return refuse("", "the version must be HTTP/1.1 or HTTP/1.0");
    request_.method = method_of(name);
    request_.http11 = line.back() == '1';
    request_.target = target;
    // `OPTIONS *` asks about the server as a whole (RFC 9112, 3.2.4).
    if (name == "OPTIONS" && target == "*") {
      request_.path = "*";
    } else if (!split_target(request_.target, request_.path, request_.query)) {
      return refuse("", "the request target must be a path or an http URI with a host");
    }
    return true;
  }

  bool read_line(std::string_view line) {
    const std::size_t colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    if (colon == line.npos || !is_token(name)) return refuse_line();
    const std::string_view value = trimmed(line.substr(colon + 1));
    return is_text(value) ? read_field(name, value) : refuse_line();
  }

  bool read_field(std::string_view name, std::string_view value) {
    for (const kept_field& f : single_fields)
      if (same_text(name, f.name)) return keep_single(f, value);
    for (const kept_field& f : list_fields)
      if (same_text(name, f.name)) return keep_list(request_.*f.to, value);
    if (same_text(name, "X-Request-ID")) {
      if (!request_.request_id) request_.request_id.emplace(value);
      return true;
    }
    if (same_text(name, "Host")) return read_host(value);
    if (same_text(name, "Content-Length")) return read_length(value);
    if (same_text(name, "Transfer-Encoding")) return read_coding(value);
    if (same_text(name, "Content-Encoding")) return read_content_coding(value);
    if (same_text(name, "Expect")) return read_expect(value);
    if (same_text(name, "Connection") || same_text(name, "Proxy-Connection"))
      return read_connection(value);
    names_websocket_ =
        names_websocket_ || (same_text(name, "Upgrade") && lists_token(value, "websocket"));
    return true;
  }

  bool keep_single(const kept_field& f, std::string_view value) {
    std::optional<std::string>& to = request_.*f.to;
    if (to) return refuse(f.name, "the header is given twice; give it once");
    to.emplace(value);
    return true;
  }

  static bool keep_list(std::optional<std::string>& to, std::string_view value) {
    if (to)
      to->append(",").append(value);
    else
      to.emplace(value);
    return true;
  }

  bool read_host(std::string_view value) {
    ++hosts_;
    return is_host(value) || refuse("Host", "Host must be a host, with or without a port");
  }

  bool read_length(std::string_view value) {
    const auto [end, error] =
        std::from_chars(value.data(), value.data() + value.size(), request_.content_length);
    const bool is_number = error == std::errc() && end == value.data() + value.size();
    if (!is_number || lengths_++ != 0 || request_.chunked)
      return refuse("Content-Length", "Content-Length must be given once, as one number");
    return true;
  }

  bool read_coding(std::string_view value) {
    if (request_.chunked || lengths_ != 0)
      return refuse("Transfer-Encoding",
                    "Transfer-Encoding must be given once, without Content-Length");
    request_.chunked = same_text(value, "chunked") && request_.http11;
    if (request_.chunked) return true;
    // If the body's end is known, but its coding is not supported: 501 (RFC 9112, 6.1 and 6.3).
    const std::size_t last = value.rfind(',');
    const bool ends_chunked = last != value.npos && request_.http11 &&
                              lists_token(value.substr(last), "chunked") &&
                              !lists_token(value.substr(0, last), "chunked");
    refuse("Transfer-Encoding", "the only supported transfer coding is chunked");
    if (ends_chunked) why_.code = code::not_implemented;
    return false;
  }

  bool read_content_coding(std::string_view value) {
    while (const auto coding = next_element(value))
      if (!same_text(*coding, "identity")) request_.has_content_coding = true;
    return true;
  }

  /// HTTP/1.0 has no Expect (RFC 9110, 10.1.1).
  bool read_expect(std::string_view value) {
    while (const auto expected = request_.http11 ? next_element(value) : std::nullopt) {
      const bool known = same_text(*expected, "100-continue");
      (known ? request_.expects_continue : request_.expects_other) = true;
    }
    return true;
  }

  bool read_connection(std::string_view value) {
    while (const auto option = next_element(value)) {
      if (!is_token(*option)) return refuse_line();
      closes_ = closes_ || same_text(*option, "close");
      keeps_ = keeps_ || same_text(*option, "keep-alive");
      upgrades_ = upgrades_ || same_text(*option, "upgrade");
    }
    return true;
  }

  bool refuse(std::string_view field, std::string_view detail) {
    why_ = {field, detail};
    return false;
  }
  bool refuse_line() { return refuse("", "a header line is malformed"); }

  request& request_;
  head_error& why_;
  unsigned hosts_ = 0;
  unsigned lengths_ = 0;
  bool closes_ = false;
  bool keeps_ = false;
  bool upgrades_ = false;
  bool names_websocket_ = false;
};

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
  return head_reader(r, why).read(head);
}

}  // namespace bank::api
