#pragma once

// The only file that depends on CAF's version: 0.17 (Debian, Ubuntu) or 1.x. Every difference
// between the two has one name here; the rest of Lifeline uses these names.

#define CAF_SUPPRESS_DEPRECATION_WARNINGS
#include <caf/actor_companion.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/response_promise.hpp>
#include <caf/result.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

#include <exception>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "lifeline/context/context.hpp"
#include "lifeline/context/error.hpp"

// 1.1.0 defines CAF_VERSION in octal, so it is never compared.
#if defined(CAF_VERSION_MAJOR) && CAF_VERSION_MAJOR >= 1
#define LIFELINE_CAF_1 1
#else
#define LIFELINE_CAF_1 0
#endif

#if !LIFELINE_CAF_1
#include <caf/atom.hpp>
#include <caf/meta/load_callback.hpp>
#include <caf/meta/type_name.hpp>
#else
#include <caf/init_global_meta_objects.hpp>
#include <caf/scheduler.hpp>

/// Lifeline's first type id. If the ids collide with a block of your own, set it for the whole
/// program (CMake: LIFELINE_FIRST_TYPE_ID). Each room has 16 ids. A block of yours can begin after
/// the last one, at `caf::id_block::lifeline::end`.
#ifndef LIFELINE_FIRST_TYPE_ID
#define LIFELINE_FIRST_TYPE_ID 1000
#endif

namespace lifeline {
inline bool from_integer(std::uint8_t value, errc& e) {
  if (value > static_cast<std::uint8_t>(errc::overloaded)) return false;
  e = static_cast<errc>(value);
  return true;
}
template <class Inspector>
bool inspect(Inspector& f, errc& x) {
  auto get = [&x] { return static_cast<std::uint8_t>(x); };
  auto set = [&x](std::uint8_t value) { return from_integer(value, x); };
  return f.apply(get, set);
}
}  // namespace lifeline

namespace lifeline::detail {
enum class room : caf::type_id_t {
  supervision,
  work,
  bus,
  rate_limiter,
  cache_shard,
  log_sink,
  actor
};
/// A room's first type id; the actors' room is the last.
constexpr caf::type_id_t first_type_id(room r) {
  return static_cast<caf::type_id_t>(LIFELINE_FIRST_TYPE_ID + 16 * static_cast<int>(r));
}

/// Registers a room's types with CAF when the first `system_config` is made. Define one static
/// object per room, in a file that every user of the types links.
class room_types {
 public:
  explicit room_types(void (*make_known)()) : make_known_(make_known), next_(first()) {
    first() = this;
  }
  static void make_all_known() {
    for (; first() != nullptr; first() = first()->next_) first()->make_known_();
  }

 private:
  static room_types*& first() {
    static room_types* list = nullptr;
    return list;
  }
  void (*make_known_)();
  room_types* next_;
};
}  // namespace lifeline::detail

CAF_BEGIN_TYPE_ID_BLOCK(lifeline,
                        ::lifeline::detail::first_type_id(::lifeline::detail::room::actor))
CAF_ADD_TYPE_ID(lifeline, (lifeline::errc))
CAF_ADD_TYPE_ID(lifeline, (lifeline::context))
CAF_END_TYPE_ID_BLOCK(lifeline)
CAF_ERROR_CODE_ENUM(lifeline::errc)
#endif

namespace lifeline {

/// The execution unit of an actor's messages; null: the system chooses.
#if LIFELINE_CAF_1
using execution_host = caf::scheduler*;
#else
using execution_host = caf::execution_unit*;
#endif

template <class State>
auto& state_of(caf::stateful_actor<State>* self) {
#if LIFELINE_CAF_1
  return self->state();
#else
  return self->state;
#endif
}

/// A message with an explicit id, to be put into a mailbox.
template <class... Ts>
caf::mailbox_element_ptr make_element(caf::strong_actor_ptr from, caf::message_id id, Ts&&... xs) {
#if LIFELINE_CAF_1
  return caf::make_mailbox_element(std::move(from), id, std::forward<Ts>(xs)...);
#else
  return caf::make_mailbox_element(std::move(from), id, {}, std::forward<Ts>(xs)...);
#endif
}

/// Puts a message with an explicit id into a mailbox; does nothing if `to` is null. The caller
/// keeps `to` alive.
template <class... Ts>
void put(caf::actor_control_block* to, caf::strong_actor_ptr from, caf::message_id id,
         execution_host host, Ts&&... xs) {
  if (to != nullptr) to->enqueue(make_element(std::move(from), id, std::forward<Ts>(xs)...), host);
}

template <class... Ts>
void put(const caf::strong_actor_ptr& to, caf::strong_actor_ptr from, caf::message_id id,
         execution_host host, Ts&&... xs) {
  put(to.get(), std::move(from), id, host, std::forward<Ts>(xs)...);
}

/// Sends a message that expects no answer.
template <class Handle, class... Ts>
void tell(caf::local_actor* self, const Handle& to, Ts&&... xs) {
  put(caf::actor_cast<caf::strong_actor_ptr>(to), self->ctrl(), caf::make_message_id(),
      self->context(), std::forward<Ts>(xs)...);
}

/// The same from outside the actor system. Safe from any thread.
template <class Handle, class... Ts>
void tell_from_outside(const Handle& to, Ts&&... xs) {
  put(caf::actor_cast<caf::strong_actor_ptr>(to), nullptr, caf::make_message_id(), nullptr,
      std::forward<Ts>(xs)...);
}

/// Tells an actor to exit, with priority over all messages in its mailbox.
inline void exit_first(const caf::strong_actor_ptr& to, caf::error why) {
  put(to, nullptr, caf::make_message_id(caf::message_priority::high), nullptr,
      caf::exit_msg{caf::actor_addr{}, std::move(why)});
}

/// Sets the actor's handler for exit messages from others.
template <class F>
void handle_exits(caf::scheduled_actor* self, F f) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"  // 1.1 wants it in the behavior
  self->set_exit_handler(std::move(f));
#pragma GCC diagnostic pop
}

inline void configure_scheduler(caf::actor_system_config& config, std::size_t workers,
                                std::size_t throughput) {
#if LIFELINE_CAF_1
  config.set("caf.scheduler.policy", "sharing");
  config.set("caf.scheduler.max-threads", workers);
  config.set("caf.scheduler.max-throughput", throughput);
#else
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-threads", workers);
  config.set("scheduler.max-throughput", throughput);
  config.set("logger.verbosity", caf::atom("quiet"));
#endif
}

/// The asker that must get an error when this promise is dropped; null where CAF sends the error.
inline caf::strong_actor_ptr asker_of([[maybe_unused]] caf::response_promise& promise) {
#if LIFELINE_CAF_1
  return nullptr;
#else
  return promise.next();
#endif
}

/// True inside a message handler; false elsewhere, also during construction of an actor's state.
inline bool handles_a_message(caf::local_actor* self) {
  return self->current_mailbox_element() != nullptr;
}

/// A struct with an `inspect` for reading and writing, so that it can be sent as a message.
template <class T>
concept message_struct = std::is_class_v<T> && requires(caf::binary_serializer& f, T& x) {
  inspect(f, x);
};

/// Lists the members of a struct, for both inspection APIs of CAF. Most messages need no list: see
/// `message.hpp`. By hand, for example to leave members out:
///
///     template <class Inspector>
///     auto inspect(Inspector& f, legs_answered& x) {
///       return lifeline::fields(f, "legs_answered", x, x.account, x.answers);
///     }
template <class Inspector, class T, class... Members>
auto fields(Inspector& f, const char* type_name, [[maybe_unused]] T& object, Members&... members) {
#if LIFELINE_CAF_1
  return f.object(object).pretty_name(type_name).fields(f.field("", members)...);
#else
  return f(caf::meta::type_name(type_name), members...);
#endif
}

// -- errors -------------------------------------------------------------------------------------

namespace detail {
/// A code from the wire may be out of range.
inline errc known_code(std::uint8_t code) {
  const bool known = code > 0 && code <= static_cast<std::uint8_t>(errc::overloaded);
  return known ? static_cast<errc>(code) : errc::broken_promise;
}
}  // namespace detail

#if LIFELINE_CAF_1
inline caf::error to_caf(errc e) { return caf::make_error(e); }
inline errc from_caf(const caf::error& e) {
  if (!e) return errc::broken_promise;  // an empty error has no category
  if (e.category() == caf::type_id_v<errc>) return detail::known_code(e.code());
  return e == caf::sec::request_receiver_down ? errc::unreachable : errc::broken_promise;
}
#else
inline caf::error to_caf(errc e) { return {static_cast<std::uint8_t>(e), caf::atom("lifeline")}; }
/// Lifeline's own code, or the closest match of CAF's.
inline errc from_caf(const caf::error& e) {
  if (!e) return errc::broken_promise;  // an empty error has no category
  if (e.category() == caf::atom("lifeline")) return detail::known_code(e.code());
  return e == caf::sec::request_receiver_down ? errc::unreachable : errc::broken_promise;
}
#endif

/// The text that the error was made with; may be empty.
inline std::string text_of(const caf::error& e) {
  if (e == caf::sec::runtime_error && e.context().match_elements<std::string>())
    return e.context().get_as<std::string>(0);
  return caf::to_string(e);
}

/// When the actor dies of an exception, puts the exception's text into the exit reason. CAF alone
/// would print the text to standard output and keep only a code.
inline void keep_words_of_exceptions(caf::scheduled_actor* self) {
  self->set_exception_handler([](std::exception_ptr& thrown) -> caf::error {
    try {
      std::rethrow_exception(thrown);
    } catch (...) {
      return caf::make_error(caf::sec::runtime_error, thrown_error().message());
    }
  });
}

}  // namespace lifeline

#if !LIFELINE_CAF_1
namespace caf {
/// CAF 0.17 supports only its own optional.
template <class Inspector, class T>
typename Inspector::result_type inspect(Inspector& f, std::optional<T>& x) {
  bool has = x.has_value();
  T value = x.value_or(T{});
  auto load = [&]() -> caf::error {
    x = has ? std::optional<T>(std::move(value)) : std::nullopt;
    return caf::none;
  };
  return f(meta::type_name("optional"), has, value, meta::load_callback(load));
}
}  // namespace caf
#endif
