#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bank/node/configuration.hpp"
#include "bank/node/jobs/job_kinds.hpp"
#include "bank/storage/files/data_dir.hpp"
#include "bank/storage/files/job_files.hpp"
#include "bank/storage/ledger_store.hpp"
#include "bank/storage/request_store.hpp"
#include "bank/storage/token_store.hpp"
#include "lifeline/work/job_store.hpp"

namespace bank::node {

/// Connections of a pool: in use, and at most.
struct pool_figures {
  std::size_t in_use = 0;
  std::size_t most = 0;
};

/// The node's stores.
struct stores {
  std::unique_ptr<storage::ledger_store> books;  ///< the ledger
  std::unique_ptr<storage::token_store> tokens;
  std::unique_ptr<lifeline::job_store> jobs;
  std::unique_ptr<storage::job_files> files = {};  ///< job files; null: no import jobs
  books_verifier verify = {};                      ///< verifies the ledger; null: not supported
  std::unique_ptr<storage::request_store> requests = {};  ///< the request log; null: none
  std::function<pool_figures()> pool = {};                ///< null: no pool
};

/// Opens the configured stores, migrated to this version's schema. Throws
/// storage::startup_error.
stores open_stores(const configuration& c, const storage::data_dir& dir);

/// Opens the tokens only, also while a node runs. Throws storage::startup_error.
std::unique_ptr<storage::token_store> open_tokens(const configuration& c);

/// Verifies the configured ledger, also while a node runs.
books_verifier verifier_of(const configuration& c);

/// Migrates each store to this version's schema; returns one line per store with the old and the
/// new schema. Throws storage::startup_error.
std::vector<std::string> migrate_stores(const configuration& c);

}  // namespace bank::node
