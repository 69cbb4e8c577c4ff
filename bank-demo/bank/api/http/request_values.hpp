#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "bank/api/http/problem.hpp"
#include "bank/storage/token_store.hpp"
#include "lifeline/context/context.hpp"

namespace bank::api {

/// Who asks, as their token says.
struct identity {
  storage::role role = storage::role::customer;
  std::string owner;
  /// The same for every token of the owner in this role: "customer:alice".
  std::string name;

  identity(storage::role r, std::string o);
};
using caller_ptr = std::shared_ptr<const identity>;

/// What a request's context carries.
inline const lifeline::context_key<std::string> request_id_key{"request_id"};
inline const lifeline::context_key<caller_ptr> caller_key{"caller"};

/// 1 to `longest` printable characters of ASCII.
bool is_printable(std::string_view text, std::size_t longest) noexcept;

/// The client's own time limit (`X-Request-Timeout-Ms`), never above `most`.
result<std::chrono::milliseconds> time_limit(const std::optional<std::string>& header,
                                             std::chrono::milliseconds most);

/// Is the media type of a body JSON?
bool is_json(std::string_view content_type) noexcept;

}  // namespace bank::api
