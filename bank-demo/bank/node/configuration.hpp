#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "bank/api/cache/read_cache_options.hpp"
#include "bank/api/limits/rate_limit_options.hpp"
#include "bank/api/server.hpp"
#include "bank/node/background_options.hpp"
#include "bank/node/observe_options.hpp"
#include "bank/storage/postgres/options.hpp"
#include "lifeline/actor/runtime.hpp"
#include "lifeline/ledger/ledger.hpp"

namespace bank::node {

/// The node's configuration, with its defaults. `option_table` names each member for the command
/// line, the environment and the file. A plain value: filled before the first thread starts, then
/// only read.
struct configuration {
  std::string data_dir = "./bank-data";  ///< relative to the working directory
  std::string store = "sqlite";
  storage::postgres_options postgres;  ///< commit_timeout is taken from `ledger`
  bool demo = false;                   ///< demo accounts, on an empty store only
  std::string log_level = "info";
  std::string log_format = "text";
  std::chrono::milliseconds shutdown_timeout{10'000};  ///< for a whole stop
  api::http_options http;
  api::rate_limit_options rate_limit;
  api::read_cache_options cache;
  lifeline::runtime_options runtime;
  lifeline::ledger::ledger_options ledger;
  std::size_t events_window = 16'384;  ///< newest ledger events kept for clients that reconnect
  std::size_t events_bytes = 64 * 1024 * 1024;  ///< memory for these events
  background_options background;
  observe_options observe;
  /// For tests, from BANK_FAULT_CRASH_ACTOR only: an actor of the tree that fails once, soon after
  /// the start.
  std::string crash_actor;
};

}  // namespace bank::node
