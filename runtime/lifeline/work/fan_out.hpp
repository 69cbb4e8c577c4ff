#pragma once

#include <boost/system/result.hpp>

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "lifeline/actor/ask.hpp"
#include "lifeline/actor/caf.hpp"
#include "lifeline/context/watch.hpp"
#include "lifeline/work/gather.hpp"

namespace lifeline {

/// Result of a fan-out: for each target, in order, its answer or its error. `canceled` also stands
/// for a target that was not waited for.
template <class Answer>
struct gathered {
  std::vector<boost::system::result<Answer, errc>> answers;
  bool enough = false;  ///< the required answers arrived

  std::size_t answered() const {
    std::size_t n = 0;
    for (const auto& a : answers) n += a.has_value() ? 1 : 0;
    return n;
  }
};

namespace detail {

/// One fan-out: receives the answers on any thread and notifies the asker once when it is over.
/// Then it ends the context of the remaining asks.
class fan_out_state : public context_watcher {
 public:
  fan_out_state(caf::strong_actor_ptr asker, caf::message_id answer_id, gather how,
                std::size_t targets)
      : asker_(std::move(asker)), answer_id_(answer_id), count_(how, targets), settled_(targets) {}

  /// Makes the context of all asks, and watches it.
  void begin(const context& ctx, duration limit);
  context life() const { return scope_->ctx(); }
  bool over() const;
  void receive(caf::mailbox_element& element);
  void fail(std::size_t target, errc why);
  bool enough() const;

 protected:
  /// `none` if the element is an answer; then it is kept.
  virtual errc keep(std::size_t target, caf::mailbox_element& element) = 0;
  virtual void keep_error(std::size_t target, errc why) = 0;

 private:
  void ended(errc e) noexcept override { finish(e); }
  template <class Settle>
  void settle(std::size_t target, Settle how);
  void finish(errc rest);

  const caf::strong_actor_ptr asker_;
  const caf::message_id answer_id_;
  std::optional<cancel_scope> scope_;
  mutable std::mutex mutex_;
  gather_count count_;
  std::vector<bool> settled_;
  bool over_ = false;
};

template <class Answer>
class fan_out_of final : public fan_out_state {
 public:
  fan_out_of(caf::strong_actor_ptr asker, caf::message_id answer_id, gather how,
             std::size_t targets)
      : fan_out_state(std::move(asker), answer_id, how, targets) {
    result.answers.resize(targets, errc::canceled);
  }

  /// For the asker, once it is notified.
  gathered<Answer> result;

 protected:
  errc keep(std::size_t target, caf::mailbox_element& element) override {
    auto& content = element.content();
    if (content.template match_elements<Answer>()) {
      result.answers[target] = content.template get_as<Answer>(0);
      return errc::none;
    }
    if (content.template match_elements<caf::error>())
      return from_caf(content.template get_as<caf::error>(0));
    return errc::broken_promise;
  }
  void keep_error(std::size_t target, errc why) override { result.answers[target] = why; }
};

/// Receives the answers under ids of its own. So the asker has one open ask for any number of
/// targets; CAF's table of open answers is linear. Owned by the asker; its destructor ends the
/// fan-out.
class fan_out_inbox {
 public:
  fan_out_inbox(caf::actor_system& system, std::shared_ptr<fan_out_state> state);
  fan_out_inbox(const fan_out_inbox&) = delete;
  fan_out_inbox& operator=(const fan_out_inbox&) = delete;
  ~fan_out_inbox();

  const caf::strong_actor_ptr& address() const noexcept { return address_; }

 private:
  caf::actor_companion& companion() const;

  std::shared_ptr<fan_out_state> state_;
  caf::strong_actor_ptr address_;
};

template <class Gathered>
struct answer_gathered;
template <class Answer>
struct answer_gathered<gathered<Answer>> {
  using type = Answer;
};

}  // namespace detail

/// A fan-out that `then` starts. It refers to the arguments of `fan_out`: call `then` in the same
/// expression.
template <class Handle, class Message>
class [[nodiscard]] pending_fan_out {
 public:
  pending_fan_out(caf::event_based_actor* self, const context& ctx,
                  const std::vector<Handle>& targets, Message message, gather how)
      : self_(self), ctx_(ctx), targets_(targets), message_(std::move(message)), how_(how) {}

  /// Calls `on_end(const gathered<Answer>&)` once, later, on this actor, unless the actor dies
  /// first.
  template <class OnEnd>
  void then(OnEnd on_end) && {
    using result = typename detail::answer_of<OnEnd>::type;
    using state_type = detail::fan_out_of<typename detail::answer_gathered<result>::type>;
    const auto id = self_->new_request_id(caf::message_priority::normal);
    auto state = std::make_shared<state_type>(caf::actor_cast<caf::strong_actor_ptr>(self_),
                                              id.response_id(), how_, targets_.size());
    auto inbox = std::make_shared<detail::fan_out_inbox>(self_->system(), state);
    state->begin(ctx_, how_.limit());
    send_all(*state, inbox->address());
    detail::expect_answer(
        self_, id, {},
        [state, inbox = std::move(inbox), f = std::move(on_end)](const errc&) mutable {
          state->result.enough = state->enough();
          f(state->result);
        },
        [](errc) {});
  }

 private:
  void send_all(detail::fan_out_state& state, const caf::strong_actor_ptr& from) {
    const context life = state.life();
    for (std::size_t i = 0; i < targets_.size() && !state.over(); ++i) {
      if (!targets_[i]) {
        state.fail(i, errc::unreachable);
      } else {
        put(caf::actor_cast<caf::actor_control_block*>(targets_[i]), from,
            caf::make_message_id(i + 1), self_->context(), life, message_);
      }
    }
  }

  caf::event_based_actor* self_;
  const context& ctx_;
  const std::vector<Handle>& targets_;
  Message message_;
  gather how_;
};

/// Asks many targets at once, within `ctx`: sends `(context, message)` to each. It is over when
/// `how` says so, or when `ctx` ends. Then the context of the remaining asks ends, and with it
/// their work. Results are ordered like `targets`; answers may arrive in any order.
///
///     fan_out(self, ctx, replicas, read_page{7}, gather::quorum(2))
///         .then([=](const gathered<page>& g) { g.enough ? use(g) : fail(g); });
template <class Handle, class Message>
pending_fan_out<Handle, Message> fan_out(caf::event_based_actor* self, const context& ctx,
                                         const std::vector<Handle>& targets, Message message,
                                         gather how) {
  static_assert(message_struct<Message>,
                "a message is a struct with an `inspect` in its own namespace");
  return {self, ctx, targets, std::move(message), how};
}

}  // namespace lifeline
