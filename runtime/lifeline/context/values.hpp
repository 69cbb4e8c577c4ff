#pragma once

#include <string_view>

namespace lifeline {

/// The key of a context value. Make one per value, `inline const`, at namespace scope. Its address
/// is the key, its template argument the value's type; its name is for people and for the wire. Two
/// keys are never equal, even with the same name.
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
