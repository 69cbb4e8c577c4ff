#pragma once

#include <string_view>

namespace lifeline {

/// Names a value that a context may carry. Make one per value, `inline const`, at namespace scope:
/// its address is the key, its type says what is found under it, and its name is for people and for
/// the wire. Two keys are never the same, whatever they are called.
///
///     inline const context_key<std::string> request_id{"request_id"};
///     ...
///     const context named = with_value(ctx, request_id, "r-17");
///     const std::string* id = named.value(request_id);
template <class T>
class context_key {
 public:
  explicit constexpr context_key(std::string_view name) noexcept : name_(name) {}
  context_key(const context_key&) = delete;
  context_key& operator=(const context_key&) = delete;

  constexpr std::string_view name() const noexcept { return name_; }

 private:
  std::string_view name_;
};

}  // namespace lifeline
