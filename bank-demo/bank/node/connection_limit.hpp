#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace bank::node {

/// How many connections the node may keep open, and a warning for the log if these are fewer than
/// configured (else empty).
struct connection_limit {
  std::size_t connections = 0;
  std::string warning;
};

/// Each connection is an open file. Some descriptors are reserved, so that stores and logs can
/// always open files: 384, or half of `files` (the process's limit) if that is less.
connection_limit fit_connections(std::size_t configured, std::uint64_t files);

}  // namespace bank::node
