#include "bank/storage/postgres/job_store.hpp"

#include "bank/storage/postgres/opening.hpp"
#include "storage/postgres_server.hpp"
#include "work/job_store_suite.hpp"

namespace bank::storage::tests {

struct jobs_in_postgres {
  lifeline::job_store& store() { return *kept; }
  std::unique_ptr<lifeline::job_store> kept =
      make_postgres_jobs(open_postgres({postgres_server::instance().new_url()}));
};

}  // namespace bank::storage::tests

namespace lifeline {
INSTANTIATE_TYPED_TEST_SUITE_P(postgres, any_job_store, bank::storage::tests::jobs_in_postgres);
}  // namespace lifeline
