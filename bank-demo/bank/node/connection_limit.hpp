#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace bank::node {

/// How many connections the node may keep, and a sentence for the log where these are fewer than
/// configured (else empty).
struct connection_limit {
  std::size_t connections = 0;
  std::string warning;
};

/// Each connection is an open file. So that the stores can always open theirs, some descriptors are
/// left to them: 384, or half of `files`, the process's limit of open files, if that is less.
connection_limit fit_connections(std::size_t configured, std::uint64_t files);

}  // namespace bank::node
