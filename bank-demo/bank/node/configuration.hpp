#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "bank/api/cache/read_cache_options.hpp"
#include "bank/api/limits/rate_limit_options.hpp"
#include "bank/api/server.hpp"
#include "bank/node/background_options.hpp"
#include "bank/node/observe_options.hpp"
#include "bank/storage/postgres_options.hpp"
#include "lifeline/actor/runtime.hpp"
#include "lifeline/ledger/ledger.hpp"

namespace bank::node {

/// Everything that can be set about a node; as it stands here, the defaults. `option_table` names
/// each member for the command line, the environment and the file. A plain value: filled before
/// the first thread starts, then only read.
struct configuration {
  std::string data_dir = "./bank-data";  ///< relative to where the program was started
  std::string store = "sqlite";
  storage::postgres_options postgres;  ///< for that store; a commit's time limit is the ledger's
  bool demo = false;                   ///< accounts for alice and bob, on an empty store only
  std::string log_level = "info";
  std::string log_format = "text";
  std::chrono::milliseconds shutdown_timeout{10'000};  ///< for the whole of a stop
  api::http_options http;
  api::rate_limit_options rate_limit;
  api::read_cache_options cache;
  lifeline::runtime_options runtime;
  lifeline::ledger::ledger_options ledger;
  std::size_t events_window = 16'384;  ///< of the ledger, that a client may come back to
  background_options background;
  observe_options observe;
  /// For tests, and from BANK_FAULT_CRASH_ACTOR only: a child of the tree that is made to fail
  /// once, soon after the start.
  std::string crash_actor;
};

}  // namespace bank::node
