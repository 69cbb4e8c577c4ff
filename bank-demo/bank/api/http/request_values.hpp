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

/// The caller, according to the token.
struct identity {
  storage::role role = storage::role::customer;
  std::string owner;
  /// The same for all tokens of an owner in one role: "customer:alice".
  std::string name;

  identity(storage::role r, std::string o);
};
using caller_ptr = std::shared_ptr<const identity>;

/// Values in a request's context.
inline const lifeline::context_key<std::string> request_id_key{"request_id"};
inline const lifeline::context_key<caller_ptr> caller_key{"caller"};

/// 1 to `longest` printable ASCII characters?
bool is_printable(std::string_view text, std::size_t longest) noexcept;

/// The time limit in `X-Request-Timeout-Ms`, at most `most`; `most` without the header.
result<std::chrono::milliseconds> time_limit(const std::optional<std::string>& header,
                                             std::chrono::milliseconds most);

/// Is the body's media type JSON?
bool is_json(std::string_view content_type) noexcept;

}  // namespace bank::api
