#pragma once

#include <chrono>
#include <string>

namespace bank::storage {

/// Where the PostgreSQL server is, and how it is used.
struct postgres_options {
  std::string url;              ///< as libpq takes it
  std::size_t connections = 8;  ///< for reads, tokens and jobs; commits have two of their own
  /// For the statements of a commit, with its repetitions; longer, and its end is unknown.
  std::chrono::milliseconds commit_timeout{5'000};
};

}  // namespace bank::storage
