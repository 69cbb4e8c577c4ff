#include "bank/api/http/answer.hpp"

#include <boost/beast/http/status.hpp>

#include "bank/api/http/reused_text.hpp"
#include "bank/api/json/write.hpp"

namespace bank::api {

namespace {

std::string_view reason(unsigned status) noexcept {
  const auto text = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  return {text.data(), text.size()};
}

void append_status_line(std::string& out, unsigned status) {
  out += "HTTP/1.1 ";
  append_integer(out, status);
  out += ' ';
  out += reason(status);
  out += "\r\n";
}

}  // namespace

void answer::clear() {
  status = 200;
  content_type = "application/json";
  fields.clear();
  clear_for_the_next(body);
  problem = {};
  detail.clear();
  then.reset();
}

void answer::add_field(std::string_view name, std::string_view value) {
  fields.append(name).append(": ").append(value).append("\r\n");
}

void append_answer(std::string& out, const answer& a, const answer_frame& frame) {
  append_status_line(out, a.status);
  out.append("Date: ").append(frame.date);
  out.append("\r\nX-Request-ID: ").append(frame.request_id).append("\r\n");
  out += a.fields;
  if (a.status == 101) {
    out += "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    return;
  }
  if (!frame.keep_alive) {
    out += "Connection: close\r\n";
  } else if (!frame.http11) {
    out += "Connection: keep-alive\r\n";
  }
  if (a.status == 304 || a.status == 204) {
    out += "\r\n";
    return;
  }
  out.append("Content-Type: ").append(a.content_type);
  if (a.then) {
    out += "\r\n\r\n";
    return;
  }
  out += "\r\nContent-Length: ";
  append_integer(out, static_cast<std::int64_t>(a.body.size()));
  out += "\r\n\r\n";
  if (!frame.without_body) out += a.body;
}

}  // namespace bank::api
