#pragma once

#include <functional>
#include <optional>
#include <string>

#include "bank/api/observe/request_watch.hpp"
#include "bank/storage/request_store.hpp"
#include "lifeline/ledger/records.hpp"
#include "lifeline/observe/metrics.hpp"
#include "lifeline/supervision/supervision_history.hpp"
#include "lifeline/work/job_pool.hpp"

namespace bank::api {

struct server_state;

/// What the money meter last saw.
struct money_reading {
  lifeline::ledger::money_totals totals;
  lifeline::wall_time at{};
};

/// What became of the rows of the request log.
struct row_figures {
  std::uint64_t written = 0;
  std::uint64_t dropped = 0;
  std::size_t waiting = 0;
};

/// What the node tells about itself, for the routes of operations. Made by whoever wires the node;
/// what it refers to outlives the server. Its functions are called from any I/O thread and must not
/// block; a null one is left out.
class operations_desk {
 public:
  struct parts {
    lifeline::metrics& measures;
    request_watch& watch;
    storage::request_store* requests = nullptr;  ///< null: requests and errors answer 404
    const lifeline::supervision_history* history = nullptr;
    std::function<std::string()> actors = {};  ///< the tree, as a JSON array
    std::function<std::string()> config = {};  ///< what is set, as a JSON object, without secrets
    std::function<std::optional<money_reading>()> money = {};
    std::function<std::uint64_t()> verified =
        {};  ///< the sequence up to which the chain was checked
    std::function<row_figures()> rows = {};
    /// Lines of the program's log that were dropped, as it could not write as fast.
    std::function<std::uint64_t()> dropped_lines = {};
    std::function<lifeline::job_pool_figures()> jobs = {};
    std::string version = {};
    lifeline::wall_time started = {};
    bool public_metrics = true;  ///< `/metrics` wants no token
  };
  explicit operations_desk(parts p) : parts_(std::move(p)) {}
  operations_desk(const operations_desk&) = delete;
  operations_desk& operator=(const operations_desk&) = delete;

  const parts& what() const noexcept { return parts_; }
  /// Everything at a glance, as a JSON object.
  std::string overview(const server_state& server) const;
  /// The tree and the kinds of actors, likewise.
  std::string actors() const;

 private:
  parts parts_;
};

}  // namespace bank::api
