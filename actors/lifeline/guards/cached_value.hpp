#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "lifeline/actor/caf.hpp"
#include "lifeline/guards/ttl_cache.hpp"

namespace lifeline::guards {

/// A value in a cache message. Its bytes are shared within a process and copied between nodes. Null
/// bytes: no value exists under the key.
struct cached_value {
  cached_bytes bytes = {};
  std::optional<duration> ttl = {};  ///< none: the cache's default
};
inline cached_value make_cached(std::string bytes, std::optional<duration> ttl = std::nullopt) {
  return {std::make_shared<const std::string>(std::move(bytes)), ttl};
}
template <class Rep, class Period>
cached_value make_cached(std::string bytes, std::chrono::duration<Rep, Period> ttl) {
  return make_cached(std::move(bytes), std::optional(saturating_cast(ttl)));
}
inline cached_value known_to_be_absent(std::optional<duration> ttl = std::nullopt) {
  return {nullptr, ttl};
}

#if LIFELINE_CAF_1
template <class Inspector>
bool inspect(Inspector& f, cached_value& x) {
  bool is = x.bytes != nullptr;
  std::string bytes = is ? *x.bytes : std::string();
  if (!f.object(x).fields(f.field("is", is), f.field("bytes", bytes), f.field("ttl", x.ttl)))
    return false;
  if constexpr (Inspector::is_loading)
    x.bytes = is ? std::make_shared<const std::string>(std::move(bytes)) : nullptr;
  return true;
}
#else
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, cached_value& x) {
  bool is = x.bytes != nullptr;
  std::string bytes = is ? *x.bytes : std::string();
  auto load = [&]() -> caf::error {
    x.bytes = is ? std::make_shared<const std::string>(std::move(bytes)) : nullptr;
    return caf::none;
  };
  return f(caf::meta::type_name("cached_value"), is, bytes, x.ttl, caf::meta::load_callback(load));
}
#endif

}  // namespace lifeline::guards
