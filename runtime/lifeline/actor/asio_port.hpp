#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <iterator>
#include <memory>
#include <mutex>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "lifeline/actor/ask.hpp"
#include "lifeline/actor/caf.hpp"
#include "lifeline/observe/trace.hpp"
#include "lifeline/observe/type_name.hpp"

namespace lifeline {

/// Lets coroutines on one `io_context` ask actors, through one companion actor. Use it only on the
/// one thread that runs the `io_context`; answers may arrive from any thread. Destroy it before the
/// actor system, which waits for the companion, and before the `io_context`. A coroutine that still
/// waits for an answer is then destroyed, not resumed.
///
/// Questions leave together, after the handlers that the `io_context` has ready: an actor that is
/// asked by several coroutines in one round is woken once.
///
/// Give each message a name first. GCC before 13 destroys an aggregate, or a lambda with captures,
/// twice if it is a temporary in an expression with `co_await`:
///
///     deliver m{parcel, street};
///     const auto got = co_await port.ask<delivered>(ctx, truck, std::move(m));
class asio_port {
 public:
  asio_port(caf::actor_system& system, boost::asio::io_context& io);
  asio_port(const asio_port&) = delete;
  asio_port& operator=(const asio_port&) = delete;
  ~asio_port();

  /// Sends `(ctx, message)` and waits for the answer or for the end of `wait`, whichever is first.
  /// A late answer is dropped. `wait` is `ctx`, or a context that ends a little later, to receive
  /// the target's own answer after `ctx` ended. Errors: as with `ask`.
  template <class Answer, class Message>
  boost::asio::awaitable<asked<Answer>> ask(context wait, caf::actor to, context ctx,
                                            Message message) {
    static_assert(message_struct<Message>,
                  "a message is a struct with an `inspect` in its own namespace");
    span asking = span_of(ctx, "ask ", short_type_name<Message>());
    if (asking) ctx = asking.under(ctx);
    const caf::mailbox_element_ptr element =
        co_await boost::asio::async_initiate<decltype(boost::asio::use_awaitable),
                                             void(caf::mailbox_element_ptr)>(
            [&](auto handler) { start(std::move(handler), wait, to, ctx, std::move(message)); },
            boost::asio::use_awaitable);
    auto& content = element->content();
    if (content.template match_elements<Answer>()) co_return content.template get_as<Answer>(0);
    const errc why = content.template match_elements<caf::error>()
                         ? from_caf(content.template get_as<caf::error>(0))
                         : errc::broken_promise;
    if (asking) asking.fail(make_error_code(why).message());
    co_return why;
  }

  template <class Answer, class Message>
  boost::asio::awaitable<asked<Answer>> ask(context ctx, caf::actor to, Message message) {
    return ask<Answer>(ctx, std::move(to), ctx, std::move(message));
  }

  boost::asio::io_context& io() noexcept { return io_; }

 private:
  struct operation {
    virtual ~operation() = default;
    virtual void complete(caf::mailbox_element_ptr element) = 0;
  };
  template <class Handler>
  struct typed_operation final : operation {
    explicit typed_operation(Handler h) : handler(std::move(h)) {}
    void complete(caf::mailbox_element_ptr element) override {
      std::move(handler)(std::move(element));
    }
    Handler handler;
  };
  struct open_ask {
    std::unique_ptr<operation> waiting;
    detail::ask_watch watch;
  };

  template <class Handler, class Message>
  void start(Handler handler, const context& wait, const caf::actor& to, const context& ctx,
             Message message) {
    const auto id = caf::make_message_id(++last_id_);
    detail::ask_watch watch;
    const bool lives = watch.begin(self_.get(), id.response_id(), wait);
    const auto target = caf::actor_cast<caf::strong_actor_ptr>(to);
    open_.emplace(last_id_, open_ask{std::make_unique<typed_operation<Handler>>(std::move(handler)),
                                     std::move(watch)});
    if (!lives) {
      put(self_, nullptr, id.response_id(), nullptr, to_caf(wait.err()));
    } else if (!target) {
      put(self_, nullptr, id.response_id(), nullptr, to_caf(errc::unreachable));
    } else {
      send(target, make_element(self_, id, ctx, std::move(message)));
    }
  }

  struct sending {
    caf::strong_actor_ptr to;
    caf::mailbox_element_ptr message;
  };

  caf::actor_companion& companion() const;
  void send(caf::strong_actor_ptr to, caf::mailbox_element_ptr message);
  void receive(caf::mailbox_element_ptr element);  // any thread
  void wake();                                     // any thread
  void drain();
  void finish(caf::mailbox_element_ptr element);

  boost::asio::io_context& io_;
  const std::shared_ptr<const void> life_;  // lets posted work check whether the port exists
  caf::strong_actor_ptr self_;
  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, open_ask> open_;
  std::vector<sending> out_;

  std::mutex mutex_;
  std::vector<caf::mailbox_element_ptr> inbox_;
  std::deque<caf::mailbox_element_ptr> work_;
};

}  // namespace lifeline
