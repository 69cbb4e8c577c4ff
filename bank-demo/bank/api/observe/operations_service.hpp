#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "bank/api/observe/request_watch.hpp"
#include "bank/storage/request_store.hpp"
#include "lifeline/ledger/values/records.hpp"
#include "lifeline/observe/metrics.hpp"
#include "lifeline/supervision/supervision_history.hpp"
#include "lifeline/work/job_pool.hpp"

namespace bank::api {

struct server_state;

/// The money meter's last reading.
struct money_reading {
  lifeline::ledger::money_totals totals;
  lifeline::wall_time at{};
};

/// Counts of request log rows.
struct row_figures {
  std::uint64_t written = 0;
  std::uint64_t dropped = 0;
  std::size_t waiting = 0;
};

/// The data of the operations routes. Made by the node; what it refers to outlives the server. Its
/// functions are called from any I/O thread and must not block; null ones are left out.
class operations_service {
 public:
  struct parts {
    lifeline::metrics& measures;
    request_watch& watch;
    storage::request_store* requests = nullptr;  ///< null: requests and errors answer 404
    const lifeline::supervision_history* history = nullptr;
    std::function<std::string()> actors = {};  ///< the actor tree, as a JSON array
    std::function<std::string()> config = {};  ///< as a JSON object, secrets masked
    std::function<std::optional<money_reading>()> money = {};
    std::function<std::uint64_t()> verified = {};  ///< last verified sequence
    std::function<row_figures()> rows = {};
    /// Lines of the program log that were dropped because writing was too slow.
    std::function<std::uint64_t()> dropped_lines = {};
    std::function<lifeline::job_pool_figures()> jobs = {};
    std::string version = {};
    lifeline::wall_time started = {};
    bool public_metrics = true;  ///< `/metrics` needs no token
  };
  explicit operations_service(parts p) : parts_(std::move(p)) {}
  operations_service(const operations_service&) = delete;
  operations_service& operator=(const operations_service&) = delete;

  const parts& what() const noexcept { return parts_; }
  /// The metrics as text. Asked for more than eight times in a quarter of a second, it gives the
  /// last one again.
  std::shared_ptr<const std::string> metrics_text(lifeline::time_point now) const;
  /// The overview, as a JSON object.
  std::string overview(const server_state& server) const;
  /// The tree and the kinds of actors, as a JSON object.
  std::string actors() const;

 private:
  parts parts_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const std::string> metrics_;
  mutable lifeline::time_point metrics_since_{};
  mutable int metrics_made_ = 0;  // since then
};

}  // namespace bank::api
