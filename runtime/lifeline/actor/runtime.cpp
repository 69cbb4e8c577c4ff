#include "lifeline/actor/runtime.hpp"

#include <algorithm>
#include <thread>

namespace lifeline {

runtime::runtime(const runtime_options& options, clock& time)
    : time_(time),
      root_(lifeline::background(time)),
      config_(std::make_unique<system_config>(options.values)) {
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  configure_scheduler(*config_, options.workers != 0 ? options.workers : cores, options.throughput);
  system_ = std::make_unique<caf::actor_system>(*config_);
  door_ = std::make_unique<thread_door>(options.lanes);
}

/// Actors end first, because they may use the door; then the door, whose jobs send to actors.
runtime::~runtime() { system_->await_all_actors_done(); }

}  // namespace lifeline
