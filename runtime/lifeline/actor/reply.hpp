#pragma once

#include <cassert>
#include <memory>
#include <utility>

#include "lifeline/actor/caf.hpp"

namespace lifeline {

/// A request's answer, kept for later. Exactly one answer is sent: the first of `operator()` or
/// `fail`. If all copies are dropped without an answer (the work was lost, the actor was killed),
/// the asker gets `broken_promise`. A tell has no asker: its reply is empty and sends nothing,
/// because the sender expects no answer, and an error would end it.
///
/// Make it inside the handler of the request, and answer on the same actor. Dropping it is safe
/// from any thread.
class reply {
 public:
  reply() = default;
  explicit reply(caf::event_based_actor* self) {
    assert(handles_a_message(self) && "lifeline: make a reply inside its request's handler");
    if (self->current_message_id().is_request())
      held_ = std::make_shared<held>(self->make_response_promise());
  }

  /// True while an answer is expected.
  explicit operator bool() const noexcept { return held_ && held_->promise.pending(); }

  template <class Answer>
  void operator()(Answer answer) const {
    if (*this) held_->promise.deliver(std::move(answer));
  }
  void fail(errc e) const {
    if (*this) held_->promise.deliver(to_caf(e));
  }

 private:
  struct held {
    explicit held(caf::response_promise p) : promise(std::move(p)) {}
    held(const held&) = delete;
    held& operator=(const held&) = delete;
    ~held() {
      // Not `deliver`: the actor that made the promise may be gone.
      if (promise.pending())
        put(asker_of(promise), nullptr, promise.id().response_id(), nullptr,
            to_caf(errc::broken_promise));
    }
    caf::response_promise promise;
  };
  std::shared_ptr<held> held_;
};

/// The return type of a handler that keeps a `reply`.
template <class Answer>
caf::result<Answer> answers_later() {
  return caf::delegated<Answer>{};
}

}  // namespace lifeline
