#include "bank/api/http/answer.hpp"

#include <boost/beast/http/status.hpp>

#include "bank/api/http/reused_text.hpp"
#include "bank/json/write.hpp"

namespace bank::api {

namespace {

std::string_view reason(unsigned status) noexcept {
  const auto text = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  return {text.data(), text.size()};
}

void append_status_line(std::string& out, unsigned status) {
  out += "HTTP/1.1 ";
  json::append_integer(out, status);
  out += ' ';
  out += reason(status);
  out += "\r\n";
}

/// One line: some clients read only the first of several.
void append_connection(std::string& out, const answer& a, const answer_frame& frame) {
  std::string_view persistence;
  if (a.status != 101 && !frame.keep_alive) persistence = "close";
  if (frame.keep_alive && !frame.http11) persistence = "keep-alive";
  if (!a.offers_websocket && persistence.empty()) return;
  out += "Connection: ";
  if (a.offers_websocket) out += persistence.empty() ? "Upgrade" : "Upgrade, ";
  out.append(persistence).append("\r\n");
}

}  // namespace

void answer::clear() {
  status = 200;
  content_type = "application/json";
  etag.clear();
  cache_control = "no-store";
  fields.clear();
  clear_for_the_next(body);
  problem = {};
  detail.clear();
  offers_websocket = is_stream = is_chunked = false;
  then.reset();
}

void answer::add_field(std::string_view name, std::string_view value) {
  fields.append(name).append(": ").append(value).append("\r\n");
}

void append_answer(std::string& out, const answer& a, const answer_frame& frame) {
  append_status_line(out, a.status);
  out.append("Date: ").append(frame.date);
  out.append("\r\nX-Request-ID: ").append(frame.request_id);
  out.append("\r\nCache-Control: ").append(a.cache_control).append("\r\n");
  if (!a.etag.empty()) out.append("ETag: ").append(a.etag).append("\r\n");
  out += a.fields;
  if (a.offers_websocket) out += "Upgrade: websocket\r\n";
  append_connection(out, a, frame);
  if (a.status == 101 || a.status == 204 || a.status == 304) {
    out += "\r\n";
    return;
  }
  out.append("Content-Type: ").append(a.content_type);
  if (a.is_stream) {
    out += a.is_chunked ? "\r\nTransfer-Encoding: chunked\r\n\r\n" : "\r\n\r\n";
    return;
  }
  out += "\r\nContent-Length: ";
  json::append_integer(out, static_cast<std::int64_t>(a.body.size()));
  out += "\r\n\r\n";
  if (!frame.without_body) out += a.body;
}

}  // namespace bank::api
