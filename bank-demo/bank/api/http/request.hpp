#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace bank::api {

enum class method : std::uint8_t { get, head, post, patch, del, other };

/// A request as read from the wire. Each connection reuses one, so its strings keep their memory.
struct request {
  api::method method = api::method::other;
  std::string target;
  std::string path;   ///< of the target, normalized: see `split_target`
  std::string query;  ///< what follows the '?'
  bool http11 = true;
  bool keep_alive = true;
  bool expects_continue = false;  ///< the client waits for 100 Continue before it sends the body
  bool expects_other = false;     ///< an expectation other than 100-continue
  bool has_content_coding = false;
  bool asks_for_websocket = false;  ///< a WebSocket upgrade over HTTP/1.1

  // The headers that the API reads; nothing if not sent.
  std::optional<std::string> authorization;
  std::optional<std::string> content_type;
  std::optional<std::string> idempotency_key;
  std::optional<std::string> if_match;
  std::optional<std::string> if_none_match;
  std::optional<std::string> last_event_id;
  std::optional<std::string> request_id;
  std::optional<std::string> timeout_ms;
  std::optional<std::string> traceparent;
  std::optional<std::string> websocket_key;
  std::optional<std::string> websocket_version;

  bool chunked = false;
  std::uint64_t content_length = 0;
  std::string body;

  void clear();
  /// Does a body follow the head? A chunked one may still be empty.
  bool has_content() const noexcept { return chunked || content_length > 0; }
};

/// Does it change anything? Then its 503 and 504 contain an outcome.
inline bool is_write(method m) noexcept {
  return m == method::post || m == method::patch || m == method::del;
}

}  // namespace bank::api
