#include "lifeline/work/memory_job_store.hpp"

#include "work/job_store_suite.hpp"

namespace lifeline {
namespace {

struct jobs_in_memory {
  job_store& store() { return kept; }
  memory_job_store kept;
};
INSTANTIATE_TYPED_TEST_SUITE_P(memory, any_job_store, jobs_in_memory);

TEST(a_job_state, is_found_by_its_name) {
  for (const job_state s : {job_state::queued, job_state::running, job_state::succeeded,
                            job_state::failed, job_state::cancelled, job_state::interrupted})
    EXPECT_EQ(job_state_of(to_string(s)), s);
  EXPECT_EQ(job_state_of("done"), std::nullopt);
}

}  // namespace
}  // namespace lifeline
