#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bank/api/cache/read_cache.hpp"
#include "bank/api/limits/rate_guard.hpp"
#include "bank/api/server.hpp"
#include "bank/node/background.hpp"
#include "bank/node/configuration.hpp"
#include "bank/node/node_tree.hpp"
#include "bank/node/observation.hpp"
#include "bank/node/redis_cache.hpp"
#include "bank/node/stop_request.hpp"
#include "bank/node/store_guard.hpp"
#include "bank/node/stores.hpp"
#include "lifeline/actor/runtime.hpp"
#include "lifeline/bus/event_bus.hpp"
#include "lifeline/ledger/ledger.hpp"
#include "lifeline/supervision/shutdown_sequence.hpp"
#include "lifeline/supervision/supervision_history.hpp"

namespace bank::node {

/// The parts of a node, from the stores up to HTTP; each uses only the ones before it. The actors
/// form one supervision tree:
///
///     node (rest for one)
///       journal
///       ledger (one for all): barrier, directory 0 …, processor 0 …
///       rate_limiter
///       cache (one for one): shard 0 …
///       background (one for one): standing orders, due, housekeeping, meter
///       http
///       request_log
///
/// Used by one thread; the callbacks given to its parts may run on any thread.
class node {
 public:
  /// Starts everything but serving: afterwards the ledger owns the store, the port is bound, and
  /// tokens and any demo accounts exist. A tree that gives up asks `stop`; a stop ends what the
  /// start waits for. Stop tasks are registered with `end`, which has the phases of a server.
  /// Throws storage::startup_error after ending what had started.
  node(const configuration& c, stores kept, const std::filesystem::path& data_dir,
       stop_request& stop, lifeline::shutdown_sequence& end,
       std::function<std::uint64_t()> dropped_lines = nullptr);
  node(const node&) = delete;
  node& operator=(const node&) = delete;
  /// Ends what still runs and waits for it.
  ~node();

  /// Starts serving. Throws storage::startup_error.
  void serve();
  std::uint16_t port() const noexcept;
  /// Whether it can serve, and if not, why. Safe from any thread.
  api::readiness ready() const;

  /// The tree's restart history. Safe from any thread.
  const lifeline::supervision_history& history() const noexcept { return *history_; }
  /// What a task of the shutdown waits for, a line each. Safe from any thread.
  std::vector<std::string> waits_for(std::string_view task) const;

 private:
  enum class phase : std::uint8_t { starting, serving, shutting_down };

  void start_tree(stop_request& stop);
  void start_cache();
  void start_server();
  lifeline::child_spec http_child();
  /// Starts one more child, last in order; throws storage::startup_error.
  void add(lifeline::child_spec child);
  void crash_as_told();
  void register_background_stops(lifeline::shutdown_sequence& end);
  void register_stops(lifeline::shutdown_sequence& end);

  lifeline::supervisor_options tree_how() { return observation_.watching(tree_options(history_)); }

  configuration config_;
  std::function<std::uint64_t()> dropped_lines_;  ///< lines the log has dropped; may be null
  std::shared_ptr<lifeline::supervision_history> history_;
  observation observation_;
  stores kept_;
  std::atomic<phase> phase_{phase::starting};
  lifeline::child_ref http_;
  std::map<std::string, lifeline::child_ref> served_by_;  ///< children added by `serve`, by name
  api::account_versions versions_;
  std::unique_ptr<lifeline::runtime> runtime_;
  std::unique_ptr<lifeline::event_bus> bus_;
  std::unique_ptr<store_guard> guard_;
  std::unique_ptr<lifeline::ledger::ledger> ledger_;
  std::unique_ptr<api::rate_guard> limits_;
  std::unique_ptr<redis_cache> redis_;
  std::unique_ptr<api::read_cache> cache_;
  std::unique_ptr<background> background_;
  std::unique_ptr<api::server> server_;
  std::unique_ptr<node_tree> tree_;
  std::vector<lifeline::shutdown_sequence::registration> stops_;
  std::optional<lifeline::cancel_scope> until_crash_;  ///< for tests
};

}  // namespace bank::node
