#include "bank/node/jobs/job_kinds.hpp"

#include <utility>

namespace bank::node {

std::map<std::string, lifeline::job_kind> job_kinds(lifeline::ledger::ledger_reader& books,
                                                    books_verifier verify) {
  std::map<std::string, lifeline::job_kind> kinds{{"reconcile", {reconcile_job(books), true}},
                                                  {"statement", {statement_job(books), true}}};
  if (verify) kinds.emplace("verify", lifeline::job_kind{verify_job(std::move(verify)), true});
  return kinds;
}

}  // namespace bank::node
