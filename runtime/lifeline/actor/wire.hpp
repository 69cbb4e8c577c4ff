#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "lifeline/actor/caf.hpp"
#include "lifeline/context/context.hpp"

namespace lifeline {

/// The context values that travel to other nodes, with their encoding; other values do not travel.
/// A name unknown to this node is skipped, so that nodes may differ by a version. Fill it before
/// the actor system starts; afterwards it is read-only.
class wire_values {
 public:
  /// `write(const T&)` returns bytes, `read(std::string_view)` an optional `T`: empty if the bytes
  /// are malformed, which rejects the whole message.
  template <class T, class Write, class Read>
  void add(const context_key<T>& key, Write write, Read read) {
    codecs_.push_back({std::string(key.name()),
                       [&key, write](const context& ctx) -> std::optional<std::string> {
                         const T* v = ctx.value(key);
                         return v != nullptr ? std::optional<std::string>(write(*v)) : std::nullopt;
                       },
                       [&key, read](context& ctx, std::string_view bytes) {
                         std::optional<T> v = read(bytes);
                         if (v) ctx = with_value(ctx, key, std::move(*v));
                         return v.has_value();
                       }});
  }
  /// A text, sent as it is.
  void add(const context_key<std::string>& key) {
    add(
        key, [](const std::string& v) { return v; },
        [](std::string_view bytes) { return std::optional<std::string>(bytes); });
  }

  struct codec {
    std::string name;
    std::function<std::optional<std::string>(const context&)> write;
    std::function<bool(context&, std::string_view)> read;
  };
  const std::vector<codec>& codecs() const noexcept { return codecs_; }

 private:
  std::vector<codec> codecs_;
};

/// Configuration of an actor system with Lifeline's types and the values that travel. An embedder
/// with a configuration class of its own derives it from this one.
class system_config : public caf::actor_system_config {
 public:
  explicit system_config(wire_values values = {});

  wire_values values;
};

namespace detail {

/// A context as sent to another node. It carries the time left, since clocks differ between nodes.
struct wire_context {
  static constexpr std::size_t most_values = 64;

  std::int64_t left_ns = -1;  // negative: no deadline
  std::uint8_t err = 0;
  std::vector<std::pair<std::string, std::string>> values{};  // name and bytes
};

/// `values` may be null.
wire_context to_wire(const context& ctx, const wire_values* values = nullptr);
/// A context on the process's clock without a scope: only its deadline can end it here. It is
/// freed, with its timer, when its last handle is dropped. Empty if `w` is malformed.
std::optional<context> from_wire(const wire_context& w, const wire_values* values = nullptr);

/// The values in a system's configuration; null if that is not a `lifeline::system_config`.
const wire_values* values_of(const caf::actor_system* system);

template <class Inspector>
const wire_values* values_of_inspector([[maybe_unused]] Inspector& f) {
#if LIFELINE_CAF_1
  if constexpr (requires { values_of(f.context()); }) return values_of(f.context());
#else
  if constexpr (requires { f.context()->system(); })
    return f.context() != nullptr ? values_of(&f.context()->system()) : nullptr;
#endif
  return nullptr;
}

}  // namespace detail

#if LIFELINE_CAF_1
template <class Inspector>
bool inspect(Inspector& f, context& x) {
  const wire_values* values = detail::values_of_inspector(f);
  auto w = Inspector::is_loading ? detail::wire_context{} : detail::to_wire(x, values);
  if (!f.object(x).fields(f.field("left_ns", w.left_ns), f.field("err", w.err),
                          f.field("values", w.values)))
    return false;
  if constexpr (Inspector::is_loading) {
    auto read = detail::from_wire(w, values);
    if (!read) return f.emplace_error(caf::sec::invalid_argument, "malformed context"), false;
    x = std::move(*read);
  }
  return true;
}
#else
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, context& x) {
  const wire_values* values = detail::values_of_inspector(f);
  auto w = detail::to_wire(x, values);
  auto load = [&]() -> caf::error {
    auto read = detail::from_wire(w, values);
    if (!read) return make_error(caf::sec::invalid_argument, "malformed context");
    x = std::move(*read);
    return caf::none;
  };
  return f(caf::meta::type_name("lifeline::context"), w.left_ns, w.err, w.values,
           caf::meta::load_callback(load));
}
#endif

}  // namespace lifeline
