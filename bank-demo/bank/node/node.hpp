#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bank/api/server.hpp"
#include "bank/node/configuration.hpp"
#include "bank/node/shutdown.hpp"
#include "bank/node/stop_request.hpp"
#include "bank/node/stores.hpp"
#include "lifeline/actor/runtime.hpp"
#include "lifeline/ledger/ledger.hpp"

namespace bank::node {

/// The parts of a node, from the stores up to HTTP, in the order in which they need each other.
/// Used by one thread; what it hands to its parts may be called from any.
class node {
 public:
  /// Starts everything but serving: the ledger holds the store, the port is taken, tokens (and, if
  /// asked for, demo accounts) are there. `stop` hears of a ledger that can't go on, and ends what
  /// the start waits for. Throws storage::startup_error; what had begun is ended.
  node(const configuration& c, stores kept, const std::filesystem::path& data_dir,
       stop_request& stop);
  node(const node&) = delete;
  node& operator=(const node&) = delete;
  /// Closes the parts in reverse order, and waits for them.
  ~node();

  /// Begins to serve.
  void serve();
  std::uint16_t port() const noexcept;
  /// Empty while it can serve, else why not, as `/readyz` says it.
  std::string unready() const;

  /// Stops in order, within the configuration's time; see `stop_in_order`.
  std::vector<std::string> stop();

 private:
  enum class phase : std::uint8_t { starting, serving, shutting_down };

  void start_ledger(stop_request& stop);
  void start_server();
  stop_steps steps();

  configuration config_;
  stores kept_;
  std::atomic<phase> phase_{phase::starting};
  std::unique_ptr<lifeline::runtime> runtime_;
  std::unique_ptr<lifeline::ledger::ledger> ledger_;
  std::unique_ptr<api::server> server_;
};

}  // namespace bank::node
