#include "bank/storage/files/job_files.hpp"

#include <gtest/gtest.h>

#include "bank/storage/startup_error.hpp"
#include "node/scratch_folder.hpp"

namespace bank::storage {
namespace {

using node::testing::mode_of;
using node::testing::scratch_folder;

TEST(job_files, keep_what_a_job_was_given_for_its_owner_only) {
  const scratch_folder folder;
  const job_files files(folder / "files");
  const std::string large(1'000'000, 'x');
  files.keep("a", large);
  EXPECT_EQ(files.read("a"), large);
  EXPECT_EQ(files.read("b"), std::nullopt);
  EXPECT_EQ(mode_of(folder / "files"), 0700U);
  EXPECT_EQ(mode_of(folder.path() / "files" / "a"), 0600U);
}

TEST(job_files, forget_those_of_jobs_that_have_ended) {
  const scratch_folder folder;
  const job_files files(folder / "files");
  for (const auto* job : {"a", "b", "c"}) files.keep(job, "text");
  files.forget("a");
  files.forget("a");
  EXPECT_EQ(files.read("a"), std::nullopt);
  job_files(folder / "files").keep_only({"c", "d"});
  EXPECT_EQ(files.read("b"), std::nullopt);
  EXPECT_EQ(files.read("c"), "text");
}

TEST(job_files, say_where_they_cant_be) {
  const scratch_folder folder;
  node::testing::write_text(folder / "files", "not a folder");
  EXPECT_THROW(job_files(folder / "files"), startup_error);
}

}  // namespace
}  // namespace bank::storage
