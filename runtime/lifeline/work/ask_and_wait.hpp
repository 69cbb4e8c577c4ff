#pragma once

#include <boost/system/result.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>

#include "lifeline/actor/ask.hpp"
#include "lifeline/actor/caf.hpp"
#include "lifeline/context/watch.hpp"

namespace lifeline {

namespace detail {

/// A thread's one open ask. Receives an answer, an error, or the end of the context.
class waiting_ask {
 public:
  explicit waiting_ask(caf::actor_system& system);
  waiting_ask(const waiting_ask&) = delete;
  waiting_ask& operator=(const waiting_ask&) = delete;
  ~waiting_ask();

  const caf::strong_actor_ptr& address() const noexcept { return address_; }
  /// Sends the end of `ctx` as an error under `id`; false if `ctx` is done already.
  bool watch(const context& ctx, caf::message_id id);
  /// Blocks until something arrives.
  caf::mailbox_element_ptr take();

 private:
  caf::actor_companion& companion() const;

  std::mutex mutex_;
  std::condition_variable wake_;
  caf::mailbox_element_ptr arrived_;
  const caf::strong_actor_ptr address_;
  std::shared_ptr<context_watcher> watcher_;
};

}  // namespace detail

/// Asks an actor from a plain thread; blocks until the answer or until `ctx` is done. For jobs, and
/// for a `main`. Never call it on an actor, or on a lane of the blocking door that the actor may
/// need. Errors: as with `ask`.
template <class Answer, class Message>
boost::system::result<Answer, errc> ask_and_wait(caf::actor_system& system, const context& ctx,
                                                 const caf::actor& target, Message message) {
  static_assert(message_struct<Message>,
                "a message is a struct with an `inspect` in its own namespace");
  if (!target) return errc::unreachable;
  const auto id = caf::make_message_id(1);
  detail::waiting_ask waiting(system);
  if (!waiting.watch(ctx, id.response_id())) return ctx.err();
  put(caf::actor_cast<caf::strong_actor_ptr>(target), waiting.address(), id, nullptr, ctx,
      std::move(message));
  const caf::mailbox_element_ptr element = waiting.take();
  auto& content = element->content();
  if (content.template match_elements<Answer>()) return content.template get_as<Answer>(0);
  if (content.template match_elements<caf::error>())
    return from_caf(content.template get_as<caf::error>(0));
  return errc::broken_promise;
}

}  // namespace lifeline
