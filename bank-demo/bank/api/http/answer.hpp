#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace bank::api {

class stream;

/// An answer before it is written. Each connection reuses one, so its strings keep their memory.
struct answer {
  unsigned status = 200;
  std::string_view content_type = "application/json";
  std::string etag;  ///< in quotes; empty: none
  /// By default nobody may cache it. With a tag, the caller alone may.
  std::string_view cache_control = "no-store";
  std::string fields;  ///< further header lines, each with its CRLF
  std::string body;
  std::string_view problem = {};  ///< code of the problem, if it is one
  std::string detail;             ///< of the problem, if it is the node's fault
  bool offers_websocket = false;  ///< switches to WebSocket (101), or asks for it (426)
  bool is_stream = false;         ///< no Content-Length, for HEAD neither
  bool is_chunked = false;        ///< the stream is a chunked body
  std::shared_ptr<stream> then;   ///< replaces the body and ends the connection

  void clear();
  /// Name and value must contain no control characters.
  void add_field(std::string_view name, std::string_view value);
};

/// The parts of an answer that the connection adds.
struct answer_frame {
  std::string_view request_id;
  std::string_view date;  ///< IMF-fixdate
  bool http11 = true;
  bool keep_alive = true;
  bool without_body = false;  ///< the request was HEAD
};

/// Appends the answer as sent over the wire.
void append_answer(std::string& out, const answer& a, const answer_frame& frame);

}  // namespace bank::api
