#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace bank::api {

class stream;

/// An answer before it is written. One lives in each connection and is filled again and again.
struct answer {
  unsigned status = 200;
  std::string_view content_type = "application/json";
  std::string etag;  ///< in quotes; empty: it has none
  /// What belongs to a caller is kept by nobody else, and by nobody at all where it has no tag.
  std::string_view cache_control = "no-store";
  std::string fields;  ///< further header lines, each with its CRLF
  std::string body;
  std::string_view problem = {};  ///< the code of the problem that it is
  std::string detail;             ///< of that problem, if it is the node's fault
  bool offers_websocket = false;  ///< it makes the upgrade (101), or says that one is needed (426)
  bool is_stream = false;         ///< its length is not known, also where HEAD asks for it
  std::shared_ptr<stream> then;   ///< follows the head, instead of a body, and ends the connection

  void clear();
  /// Both must be free of control characters.
  void add_field(std::string_view name, std::string_view value);
};

/// What of an answer the connection knows and its handler does not.
struct answer_frame {
  std::string_view request_id;
  std::string_view date;  ///< IMF-fixdate
  bool http11 = true;
  bool keep_alive = true;
  bool without_body = false;  ///< the request was HEAD
};

/// Appends the answer as it goes over the wire.
void append_answer(std::string& out, const answer& a, const answer_frame& frame);

}  // namespace bank::api
