#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lifeline/actor/runtime.hpp"
#include "lifeline/supervision/supervisor.hpp"

namespace bank::node {

/// How the node's supervisors behave: each stands on the ones before it, and what fails more than
/// five times within half a minute takes its supervisor with it. Every event goes to the history
/// and to the log.
lifeline::supervisor_options tree_options(
    const std::shared_ptr<lifeline::supervision_history>& history);

/// One event in words: `node/ledger: processor 3 exited (bad_alloc), starts again in 10 ms`.
std::string words_of(const lifeline::supervision_event& e);

/// The supervisor at the top of the node, while this object lives.
class node_tree {
 public:
  /// Called once, on any thread, if the tree ends of itself after it had started.
  using gave_up = std::function<void(std::string why)>;

  /// Starts `children` in order and waits for them. `why` of `failure` is empty if all have
  /// started.
  node_tree(lifeline::runtime& rt, const lifeline::supervisor_options& how,
            std::vector<lifeline::child_spec> children, gave_up lost);
  node_tree(const node_tree&) = delete;
  node_tree& operator=(const node_tree&) = delete;
  /// Kills what still runs.
  ~node_tree();

  /// Empty if the first children have started, else why not.
  const std::string& failure() const noexcept { return failure_; }
  /// A child behind the others; returns once it has started. Gives why it has not, else nothing.
  std::string add(lifeline::child_spec child);
  /// Stops all children in reverse order, and drops `done` when they have ended. Kills none.
  void stop(std::shared_ptr<const void> done) const;

 private:
  struct progress;

  lifeline::runtime& rt_;
  std::shared_ptr<progress> progress_;
  caf::actor top_;
  std::string failure_;
};

}  // namespace bank::node
