#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lifeline/time/clock.hpp"

namespace lifeline::guards {

/// A command to a key-value server.
struct tier_command {
  enum class verb : std::uint8_t { get, set };

  verb what = verb::get;
  std::string key;
  std::string value = {};  ///< for a set
  duration life = {};      ///< for a set: then the server drops the value
};
struct tier_reply {
  /// The server rejected this command only.
  bool refused = false;
  std::optional<std::string> value = {};  ///< for a get: the value found
  duration left = {};                     ///< for a get: its time left
};

/// Why a link is broken, for a log: "connection refused".
using tier_fault = std::optional<std::string>;

/// A connection to such a server. It blocks, and is used by one thread. After a fault the owner
/// closes it and opens it again.
class tier_link {
 public:
  tier_link() = default;
  tier_link(const tier_link&) = delete;
  tier_link& operator=(const tier_link&) = delete;
  virtual ~tier_link() = default;

  /// Connects until the server has answered, at most until `until`.
  virtual tier_fault open(time_point until) = 0;
  /// Sends the commands in order, all at once, and fills in a reply for each. Returns soon after
  /// `until`, whatever the server does. Then, and after any fault, it is unknown which commands
  /// were or will be executed.
  virtual tier_fault run(std::span<const tier_command> commands, std::vector<tier_reply>& replies,
                         time_point until) = 0;
  virtual void close() noexcept = 0;
};

}  // namespace lifeline::guards
