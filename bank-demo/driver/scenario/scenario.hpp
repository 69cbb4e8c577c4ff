#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "driver/load/account_choice.hpp"
#include "driver/load/arrival_plan.hpp"
#include "driver/load/operation.hpp"
#include "driver/problem.hpp"
#include "lifeline/ledger/values/money.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::driver {

/// The recorded books of a replay.
struct replay_settings {
  std::filesystem::path dir;
  lifeline::ledger::currency unit;
  std::int64_t overdraft_limit = 0;  ///< per account, in minor units
  std::size_t connections = 64;      ///< most requests in flight
};

/// Fault of a replay: `kill -9` of the node and a restart on the same data and port, when this
/// share of the transactions is acknowledged.
struct kill_fault {
  double share = 0;  ///< 0 to 1
};

/// The node that `--spawn` starts.
struct node_settings {
  std::optional<std::filesystem::path> config;
  bool on_postgres = false;
  std::string postgres_url;  ///< empty: BANK_POSTGRES_URL
};

/// The accounts opened before the load.
struct setup_settings {
  std::size_t accounts = 100;
  std::size_t owners = 10;
  std::string currency = "USD";
  std::int64_t initial_balance = 100'000;
  std::int64_t overdraft_limit = 0;
};

/// Closed load: each client waits for its answer before the next request.
struct closed_load {
  std::size_t clients = 1;
  lifeline::duration think_time{0};
};
/// A search for the highest rate that meets the thresholds, between two rates.
struct rate_search {
  double from = 0;
  double to = 0;
  lifeline::duration each{0};
};
struct phase {
  std::string name;
  lifeline::duration length{0};
  bool counted = true;
  std::variant<closed_load, arrival_profile, rate_search> load;
};

/// How clients behave.
struct client_timing {
  std::chrono::milliseconds timeout{15'000};
  std::chrono::milliseconds short_deadline{5};
  std::chrono::microseconds hang_up_after{2'000};
  std::size_t connections = 512;  ///< most connections of an open phase
  lifeline::duration late_after{std::chrono::seconds(1)};
};

struct subscriber_counts {
  std::size_t fast = 0;
  std::size_t slow = 0;
  std::size_t stalled = 0;
};

/// Faults. Each is due at a time of a phase and may repeat until the phase ends.
struct kill_node {};
struct stop_node {};
struct stop_subscribers {
  lifeline::duration length{0};
};
struct store_fault {
  enum class kind : std::uint8_t { down, black_hole, latency, trickle, cut_after, cut };
  kind what = kind::down;
  lifeline::duration length{0};
  lifeline::duration latency{0};
  lifeline::duration jitter{0};
  std::uint64_t bytes = 0;  ///< per second, or per connection
};
struct fault {
  std::string phase;
  lifeline::duration after{0};
  std::optional<lifeline::duration> every;
  std::variant<kill_node, stop_node, stop_subscribers, store_fault> what;
};
/// "kill -9 of the node", "store latency +200 ms for 5 s".
std::string describe(const fault& f);

/// A limit for a measured value: "transfer.p99" "< 50ms".
struct threshold {
  std::string metric;
  bool below = true;  ///< else the value must be above
  double bound = 0;   ///< in milliseconds, per second, or a share from 0 to 1
  std::string text;   ///< as in the file

  bool met_by(double found) const noexcept { return below ? found < bound : found > bound; }
};

enum class invariant : std::uint8_t {
  conserved,
  acknowledged_stored,
  exactly_once,
  no_error_moves_money,
  holds_resolve_once,
  events_complete,
};
std::string_view name_of(invariant i) noexcept;
const std::array<std::string_view, 6>& invariant_names() noexcept;

/// The content of a scenario file.
struct scenario {
  std::string name;
  std::string about;
  std::uint64_t seed = 1;
  node_settings node;
  std::vector<threshold> thresholds;

  std::optional<replay_settings> replay;
  std::vector<kill_fault> kills;  ///< of a replay, ordered by share

  setup_settings setup;
  std::vector<phase> phases;
  operation_mix mix;
  choice_settings accounts;
  value_range amount{1, 1'000};
  batch_settings batch;
  client_timing timing;
  subscriber_counts subscribers;
  std::vector<fault> faults;
  std::vector<invariant> invariants;

  bool needs_own_node() const noexcept;
  bool needs_store_proxy() const noexcept;
};

/// Reads a scenario strictly: comments are allowed; an unknown key, a bad value or an unsupported
/// request is a problem that names file, line, key and what would be right. Paths are relative to
/// the scenario's file.
result<scenario> read_scenario(const std::filesystem::path& file);
/// The same for a text; `file` names it in errors.
result<scenario> parse_scenario(std::string_view text, const std::filesystem::path& file);

}  // namespace bank::driver
