#include "bank/storage/sqlite/job_store.hpp"

#include <fstream>

#include "bank/storage/startup_error.hpp"
#include "storage/temporary_folder.hpp"
#include "work/job_store_suite.hpp"

namespace bank::storage::tests {

struct jobs_in_sqlite {
  lifeline::job_store& store() { return *kept; }
  temporary_folder folder;
  std::unique_ptr<lifeline::job_store> kept = open_sqlite_jobs(folder / "jobs.db");
};

}  // namespace bank::storage::tests

namespace lifeline {
INSTANTIATE_TYPED_TEST_SUITE_P(sqlite, any_job_store, bank::storage::tests::jobs_in_sqlite);
}  // namespace lifeline

namespace bank::storage::tests {
namespace {

TEST(sqlite_job_store, keeps_jobs_over_a_restart) {
  const temporary_folder folder;
  const auto ctx = lifeline::background();
  lifeline::job_record r;
  r.id = "a";
  r.kind = "verify";
  r.input = "{}";
  r.state = lifeline::job_state::running;
  ASSERT_TRUE(open_sqlite_jobs(folder / "jobs.db")->create(ctx, r));
  EXPECT_EQ(open_sqlite_jobs(folder / "jobs.db")->unfinished(ctx)->at(0), r);
}

TEST(sqlite_job_store, refuses_a_file_that_is_not_its_own) {
  const temporary_folder folder;
  std::ofstream(folder / "jobs.db") << "no database, but long enough to be taken for something";
  EXPECT_THROW(open_sqlite_jobs(folder / "jobs.db"), startup_error);
}

}  // namespace
}  // namespace bank::storage::tests
