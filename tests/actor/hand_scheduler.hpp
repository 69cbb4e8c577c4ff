#pragma once

// An actor system on one thread whose actors run when a test decides. CAF 0.17 has a scheduler for
// this; the one for 1.x is here.

#include "lifeline/actor/wire.hpp"

#if LIFELINE_CAF_1
#include <caf/detail/actor_system_access.hpp>
#include <caf/resumable.hpp>

#include <deque>
#include <memory>
#else
#include <caf/scheduler/test_coordinator.hpp>
#endif

namespace lifeline::testing {

#if LIFELINE_CAF_1

class hand_scheduler final : public caf::scheduler {
 public:
  void schedule(caf::resumable* what) override { ready_.push_back(what); }
  void delay(caf::resumable* what) override { ready_.push_back(what); }
  void start() override {}
  void stop() override { run(); }

  void run() {
    while (!ready_.empty()) {
      caf::resumable* const next = ready_.front();
      ready_.pop_front();
      if (next->resume(this, 1) == caf::resumable::resume_later) {
        ready_.push_back(next);
      } else {
        caf::intrusive_ptr_release(next);
      }
    }
  }

 private:
  std::deque<caf::resumable*> ready_;
};

class hand_run_system {
 public:
  explicit hand_run_system(caf::actor_system_config& config) : system_(config, use, this) {}
  caf::actor_system& system() noexcept { return system_; }
  void run() { scheduler_->run(); }

 private:
  static void use(caf::actor_system& system, caf::actor_system_config&, void* self) {
    auto s = std::make_unique<hand_scheduler>();
    static_cast<hand_run_system*>(self)->scheduler_ = s.get();
    caf::detail::actor_system_access(system).scheduler(std::move(s));
  }

  hand_scheduler* scheduler_ = nullptr;
  caf::actor_system system_;
};

#else

class hand_run_system {
 public:
  explicit hand_run_system(caf::actor_system_config& config) : system_(prepared(config)) {}
  caf::actor_system& system() noexcept { return system_; }
  void run() { dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler()).run(); }

 private:
  static caf::actor_system_config& prepared(caf::actor_system_config& config) {
    config.set("scheduler.policy", caf::atom("testing"));
    config.set("logger.verbosity", caf::atom("quiet"));
    return config;
  }

  caf::actor_system system_;
};

#endif

}  // namespace lifeline::testing
