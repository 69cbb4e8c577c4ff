#include "bank/storage/files/private_file.hpp"

#include <gtest/gtest.h>

#include "bank/storage/startup_error.hpp"
#include "node/scratch_folder.hpp"

namespace bank::storage {
namespace {

using node::testing::mode_of;
using node::testing::scratch_folder;
using node::testing::text_of;
using node::testing::write_text;

TEST(private_file, can_be_read_by_its_owner_only) {
  const scratch_folder folder;
  write_private_file(folder / "secret", "one\n");
  EXPECT_EQ(text_of(folder / "secret"), "one\n");
  EXPECT_EQ(mode_of(folder / "secret"), 0600U);
}

TEST(private_file, replaces_what_was_there_and_what_was_cut_off) {
  const scratch_folder folder;
  write_text(folder / "secret", "old");
  write_text(folder / "secret.new", "half");
  std::filesystem::permissions(folder / "secret", std::filesystem::perms::all);
  write_private_file(folder / "secret", "new");
  EXPECT_EQ(text_of(folder / "secret"), "new");
  EXPECT_EQ(mode_of(folder / "secret"), 0600U);
  EXPECT_FALSE(std::filesystem::exists(folder / "secret.new"));
}

TEST(private_file, is_read_without_white_space_at_its_end) {
  const scratch_folder folder;
  EXPECT_EQ(read_private_file(folder / "secret"), std::nullopt);
  write_text(folder / "secret", "text \r\n\n");
  EXPECT_EQ(read_private_file(folder / "secret"), "text");
  write_text(folder / "secret", "\n");
  EXPECT_EQ(read_private_file(folder / "secret"), "");
}

TEST(private_file, says_what_to_do_when_it_cannot_be_written) {
  const scratch_folder folder;
  const auto file = folder.path() / "missing" / "secret";
  try {
    write_private_file(file, "x");
    FAIL() << "was written";
  } catch (const storage::startup_error& e) {
    EXPECT_EQ(std::string(e.what()), file.string() +
                                         ".new can't be written (No such file or directory): check "
                                         "the folder, or use another --data-dir");
  }
}

}  // namespace
}  // namespace bank::storage
