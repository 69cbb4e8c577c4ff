#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lifeline/actor/runtime.hpp"
#include "lifeline/supervision/supervisor.hpp"

namespace bank::node {

/// Options of the node's supervisors: rest_for_one; a child that fails more than five times within
/// 30 s ends its supervisor. Every event goes to the restart history and to the log.
lifeline::supervisor_options tree_options(
    const std::shared_ptr<lifeline::supervision_history>& history);

/// One event as text: `node/ledger: processor 3 exited (bad_alloc), restarts in 10 ms`.
std::string words_of(const lifeline::supervision_event& e);

/// The supervisor at the top of the node, while this object lives.
class node_tree {
 public:
  /// Called once, on any thread, if the tree ends by itself after its start.
  using gave_up = std::function<void(std::string why)>;

  /// Starts `children` in order and waits for them; see `failure`.
  node_tree(lifeline::runtime& rt, const lifeline::supervisor_options& how,
            std::vector<lifeline::child_spec> children, gave_up lost);
  node_tree(const node_tree&) = delete;
  node_tree& operator=(const node_tree&) = delete;
  /// Kills what still runs.
  ~node_tree();

  /// Empty if these children have started, else why not.
  const std::string& failure() const noexcept { return failure_; }
  /// Starts one more child, last in order, and waits for it. Empty, or why it has not started.
  std::string add(lifeline::child_spec child);
  /// Stops all children in reverse order and drops `done` when they have ended. Kills none.
  void stop(std::shared_ptr<const void> done) const;

 private:
  struct progress;

  lifeline::runtime& rt_;
  std::shared_ptr<progress> progress_;
  caf::actor top_;
  std::string failure_;
};

}  // namespace bank::node
