#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bank/driver/problem.hpp"
#include "lifeline/ledger/money.hpp"

namespace bank::driver {

/// Which recorded books to replay, and how.
struct replay_settings {
  std::filesystem::path dir;
  lifeline::ledger::currency unit;
  std::int64_t overdraft_limit = 0;  ///< for every account, in minor units
  std::size_t connections = 64;      ///< requests in flight at most
};

/// `kill -9` for the node, then a new start on the same data and port, once this share of the
/// transactions is acknowledged.
struct kill_fault {
  double share = 0;  ///< 0 to 1
};

/// What a measured value must be: "transfer.p99" "< 50ms".
struct threshold {
  std::string metric;
  bool below = true;  ///< else the value must be above
  double bound = 0;   ///< in milliseconds for a latency, per second for a rate
  std::string text;   ///< as it stands in the file
};

/// A scenario file, read.
struct scenario {
  std::string name;
  std::uint64_t seed = 1;
  std::optional<std::filesystem::path> node_config;  ///< for a node of the driver's own
  replay_settings replay;
  std::vector<kill_fault> faults;  ///< in order of their share
  std::vector<threshold> thresholds;
};

/// Reads a scenario strictly: comments may stand in it, but an unknown key or a bad value is a
/// problem that names file, line, key and what would be right. What the driver can't do is refused,
/// never passed over. Paths are relative to the scenario's file.
result<scenario> read_scenario(const std::filesystem::path& file);
/// The same for text that is already there; `file` is what problems call it.
result<scenario> parse_scenario(std::string_view text, const std::filesystem::path& file);

}  // namespace bank::driver
