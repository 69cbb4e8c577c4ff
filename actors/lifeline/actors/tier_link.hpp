#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lifeline/time/clock.hpp"

namespace lifeline::actors {

/// What a server that keeps values under keys is asked to do.
struct tier_command {
  enum class verb : std::uint8_t { get, set, erase };

  verb what = verb::get;
  std::vector<std::string> keys;  ///< one, but of an erasure
  std::string value = {};         ///< of a set
  duration life = {};             ///< of a set: then the server forgets it
};
struct tier_reply {
  /// The server said no to this command alone.
  bool refused = false;
  std::optional<std::string> value = {};  ///< of a get: what is there
  duration left = {};                     ///< its rest of life
};

/// Why a link is of no use any more, for a log: "connection refused".
using tier_fault = std::optional<std::string>;

/// A connection to such a server. It blocks; one thread uses it. After a fault the owner closes it
/// and opens it again.
class tier_link {
 public:
  tier_link() = default;
  tier_link(const tier_link&) = delete;
  tier_link& operator=(const tier_link&) = delete;
  virtual ~tier_link() = default;

  /// Connects, until the server has answered, or till `until`.
  virtual tier_fault open(time_point until) = 0;
  /// Sends the commands in their order, all at once, and fills in a reply for each. Whatever the
  /// server does, it returns soon after `until`; then, and after any fault, nobody knows which of
  /// the commands were or will be followed.
  virtual tier_fault run(std::span<const tier_command> commands, std::vector<tier_reply>& replies,
                         time_point until) = 0;
  virtual void close() noexcept = 0;
};

}  // namespace lifeline::actors
