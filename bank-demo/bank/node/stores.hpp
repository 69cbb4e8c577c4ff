#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bank/node/configuration.hpp"
#include "bank/node/jobs/job_kinds.hpp"
#include "bank/storage/data_dir.hpp"
#include "bank/storage/job_files.hpp"
#include "bank/storage/request_store.hpp"
#include "bank/storage/token_store.hpp"
#include "lifeline/ledger/ledger_store.hpp"
#include "lifeline/work/job_store.hpp"

namespace bank::node {

/// How many connections of a pool are in use.
struct pool_figures {
  std::size_t in_use = 0;
  std::size_t most = 0;
};

/// What the node keeps its books, tokens and jobs in.
struct stores {
  std::unique_ptr<lifeline::ledger::ledger_store> books;
  std::unique_ptr<storage::token_store> tokens;
  std::unique_ptr<lifeline::job_store> jobs;
  std::unique_ptr<storage::job_files> files = {};  ///< of jobs; without, there are no imports
  books_verifier verify = {};  ///< of the books; null where they can't be walked
  std::unique_ptr<storage::request_store> requests = {};  ///< null: none are kept
  std::function<pool_figures()> pool = {};                ///< null: there is none
};

/// Opens what the configuration names, brought to this version's schema. Throws
/// storage::startup_error.
stores open_stores(const configuration& c, const storage::data_dir& dir);

/// Only the tokens: they may be opened beside a running node. Throws storage::startup_error.
std::unique_ptr<storage::token_store> open_tokens(const configuration& c);

/// Walks the books that the configuration names, also beside a node that runs.
books_verifier verifier_of(const configuration& c);

/// Brings each of the stores to this version's schema and tells, a line for each, from which to
/// which. Throws storage::startup_error.
std::vector<std::string> migrate_stores(const configuration& c);

}  // namespace bank::node
