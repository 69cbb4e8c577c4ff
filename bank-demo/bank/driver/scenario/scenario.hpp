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

#include "bank/driver/load/account_choice.hpp"
#include "bank/driver/load/arrival_plan.hpp"
#include "bank/driver/load/operation.hpp"
#include "bank/driver/problem.hpp"
#include "lifeline/ledger/money.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::driver {

/// Which recorded books to replay, and how.
struct replay_settings {
  std::filesystem::path dir;
  lifeline::ledger::currency unit;
  std::int64_t overdraft_limit = 0;  ///< for every account, in minor units
  std::size_t connections = 64;      ///< requests in flight at most
};

/// Of a replay: `kill -9` for the node, then a new start on the same data and port, once this share
/// of the transactions is acknowledged.
struct kill_fault {
  double share = 0;  ///< 0 to 1
};

/// The node that `--spawn` starts.
struct node_settings {
  std::optional<std::filesystem::path> config;
  bool on_postgres = false;
  std::string postgres_url;  ///< empty: the environment says
};

/// What is there before the load begins.
struct setup_settings {
  std::size_t accounts = 100;
  std::size_t owners = 10;
  std::string currency = "USD";
  std::int64_t initial_balance = 100'000;
  std::int64_t overdraft_limit = 0;
};

/// Clients that wait for their answers.
struct closed_load {
  std::size_t clients = 1;
  lifeline::duration think_time{0};
};
/// The highest rate that keeps the thresholds is searched for between two.
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
  std::size_t connections = 512;  ///< of an open phase, at most
  lifeline::duration late_after{std::chrono::seconds(1)};
};

struct subscriber_counts {
  std::size_t fast = 0;
  std::size_t slow = 0;
  std::size_t stalled = 0;
};

/// What breaks. Each is due at a time of a phase, and again every so often until that ends.
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
  std::uint64_t bytes = 0;  ///< a second, or of a connection
};
struct fault {
  std::string phase;
  lifeline::duration after{0};
  std::optional<lifeline::duration> every;
  std::variant<kill_node, stop_node, stop_subscribers, store_fault> what;
};
/// "kill -9", "store latency 200 ms for 5 s".
std::string describe(const fault& f);

/// What a measured value must be: "transfer.p99" "< 50ms".
struct threshold {
  std::string metric;
  bool below = true;  ///< else the value must be above
  double bound = 0;   ///< in milliseconds, per second, or a share from 0 to 1
  std::string text;   ///< as it stands in the file

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

/// A scenario file, read.
struct scenario {
  std::string name;
  std::string about;
  std::uint64_t seed = 1;
  node_settings node;
  std::vector<threshold> thresholds;

  std::optional<replay_settings> replay;
  std::vector<kill_fault> kills;  ///< of a replay, in order of their share

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

/// Reads a scenario strictly: comments may stand in it, but an unknown key or a bad value is a
/// problem that names file, line, key and what would be right. What the driver can't do is refused,
/// never passed over. Paths are relative to the scenario's file.
result<scenario> read_scenario(const std::filesystem::path& file);
/// The same for text that is already there; `file` is what problems call it.
result<scenario> parse_scenario(std::string_view text, const std::filesystem::path& file);

}  // namespace bank::driver
