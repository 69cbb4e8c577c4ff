#pragma once

#include <chrono>
#include <string>

namespace bank::storage {

/// Options of the PostgreSQL store.
struct postgres_options {
  std::string url;              ///< in a form that libpq accepts
  std::size_t connections = 8;  ///< for reads, tokens and jobs; commits use two more
  /// Time limit of a commit with its retries; past it the outcome is unknown.
  std::chrono::milliseconds commit_timeout{5'000};
};

}  // namespace bank::storage
