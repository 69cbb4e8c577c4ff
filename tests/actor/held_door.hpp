#pragma once

#include <deque>
#include <utility>

#include "lifeline/actor/blocking.hpp"

namespace lifeline::testing {

/// A door whose only thread is the test: jobs wait until it runs them.
class held_door final : public blocking_door {
 public:
  explicit held_door(std::size_t room = 1'000) : room_(room) {}

  bool submit(lane, job f) override {
    if (jobs_.size() >= room_) return false;
    jobs_.push_back(std::move(f));
    return true;
  }
  void run_all() {
    while (!jobs_.empty()) {
      const job f = std::move(jobs_.front());
      jobs_.pop_front();
      f();
    }
  }
  std::size_t waiting() const { return jobs_.size(); }

 private:
  std::size_t room_;
  std::deque<job> jobs_;
};

}  // namespace lifeline::testing
