#include "bank/node/connection_limit.hpp"

#include <algorithm>

namespace bank::node {
namespace {

/// For stores and logs (128), and for clients above the limit while they are refused (256).
constexpr std::uint64_t reserved = 384;

}  // namespace

connection_limit fit_connections(std::size_t configured, std::uint64_t files) {
  const std::uint64_t room = files - std::min(reserved, files / 2);
  if (configured <= room) return {configured, {}};
  return {static_cast<std::size_t>(room),
          "http.max_connections is " + std::to_string(configured) + ", but this process may have " +
              std::to_string(files) + " open files: it serves at most " + std::to_string(room) +
              " connections; raise the limit (ulimit -n, or LimitNOFILE= in a systemd unit), or "
              "lower http.max_connections"};
}

}  // namespace bank::node
