#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <optional>

#include "bank/storage/files/data_dir.hpp"
#include "bank/storage/startup_error.hpp"
#include "storage/temporary_folder.hpp"

namespace bank::storage::tests {

namespace fs = std::filesystem;

/// The error of opening it; empty if it can be opened.
std::string refusal_of(const fs::path& path) {
  try {
    const data_dir dir(path);
    return "";
  } catch (const startup_error& e) {
    return e.what();
  }
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Runs `say` in a process of its own and returns its text.
std::string in_child(const std::function<std::string()>& say) {
  int ends[2];
  if (::pipe(ends) != 0) return "no pipe";
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string text = say();
    const bool written = ::write(ends[1], text.data(), text.size()) >= 0;
    ::_exit(written ? 0 : 1);
  }
  ::close(ends[1]);
  std::string text(4096, '\0');
  const ssize_t size = ::read(ends[0], text.data(), text.size());
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  return text;
}

TEST(wrong_data_dir, is_one_where_no_folder_can_be) {
  const temporary_folder scratch;
  const fs::path file = scratch.path() / "file";
  std::ofstream(file) << "text";
  fs::create_symlink(scratch.path() / "nowhere", scratch.path() / "lost");
  fs::create_symlink(scratch.path() / "loop", scratch.path() / "loop");
  fs::create_directory(scratch.path() / "folder");
  for (const fs::path& right : {scratch.path() / "folder", scratch.path() / "not" / "there",
                                fs::path("relative"), scratch.path() / "folder/"})
    EXPECT_EQ(wrong_data_dir(right), "") << right;
  for (const fs::path& wrong : {file, file / "below", scratch.path() / "lost",
                                scratch.path() / "loop", fs::path(std::string(5'000, 'a'))}) {
    EXPECT_NE(wrong_data_dir(wrong), "") << wrong;
    EXPECT_NE(refusal_of(wrong), "") << "a start fails there, too: " << wrong;
  }
  EXPECT_FALSE(fs::exists(scratch.path() / "not")) << "nothing is made";
}

/// Runs as an unprivileged user, also if the tests run as root.
std::string as_nobody(const fs::path& path) {
  return in_child([&] {
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) return std::string("?");
    return refusal_of(path);
  });
}

TEST(data_dir, is_created_for_its_user_alone_with_the_folders_above_it) {
  const temporary_folder folder;
  const fs::path path = folder / "a" / "b" / "data";
  const data_dir dir(path);
  struct stat found {};
  ASSERT_EQ(::stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0700U);
  EXPECT_EQ(dir.ledger_file(), path / "ledger.db");
  EXPECT_EQ(dir.tokens_file(), path / "tokens.db");
}

TEST(data_dir, is_the_same_with_a_slash_behind_its_name) {
  const temporary_folder folder;
  const data_dir dir((folder / "data").string() + "/");
  struct stat found {};
  ASSERT_EQ(::stat((folder / "data").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0700U);
  EXPECT_EQ(dir.ledger_file(), folder / "data" / "ledger.db");
}

TEST(data_dir, leaves_nothing_but_its_lock_behind) {
  const temporary_folder folder;
  { const data_dir dir(folder / "data"); }
  std::vector<std::string> names;
  for (const auto& file : fs::directory_iterator(folder / "data"))
    names.push_back(file.path().filename());
  EXPECT_EQ(names, std::vector<std::string>{"lock"});
}

TEST(data_dir, names_the_process_that_holds_it_and_where_it_listens) {
  const temporary_folder folder;
  const fs::path path = folder / "data";
  data_dir dir(path);
  const std::string pid = std::to_string(::getpid());
  EXPECT_TRUE(contains(in_child([&] { return refusal_of(path); }), "(process " + pid + ")"));
  dir.publish_address("http://127.0.0.1:8080");
  const std::string said = in_child([&] { return refusal_of(path); });
  EXPECT_TRUE(contains(said, "(process " + pid + " at http://127.0.0.1:8080)")) << said;
  EXPECT_TRUE(contains(said, path.string())) << said;
  EXPECT_TRUE(contains(said, "--data-dir")) << said;
}

TEST(data_dir, can_be_had_again_once_its_holder_let_it_go_or_died) {
  const temporary_folder folder;
  const fs::path path = folder / "data";
  { const data_dir first(path); }
  EXPECT_EQ(refusal_of(path), "");
  in_child([&] {
    new data_dir(path);  // never destroyed: the process just ends
    return std::string();
  });
  EXPECT_EQ(refusal_of(path), "");
}

TEST(data_dir, tells_what_to_do_where_it_may_not_write) {
  const temporary_folder folder;
  const fs::path path = folder / "data";
  { const data_dir dir(path); }
  fs::permissions(folder.path(), fs::perms::others_exec | fs::perms::owner_all);
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_exec | fs::perms::others_read |
                            fs::perms::others_exec);
  fs::permissions(path / "lock", fs::perms::all);
  const std::string said = as_nobody(path);
  EXPECT_TRUE(contains(said, path.string())) << said;
  EXPECT_TRUE(contains(said, "Permission denied")) << said;
  EXPECT_TRUE(contains(said, "make it writable")) << said;
  fs::permissions(path, fs::perms::owner_all);
}

TEST(data_dir, tells_that_it_could_not_be_created) {
  const temporary_folder folder;
  fs::permissions(folder.path(), fs::perms::owner_all | fs::perms::others_exec);
  const std::string said = as_nobody(folder / "data");
  EXPECT_TRUE(contains(said, "can't be created (Permission denied)")) << said;
}

TEST(data_dir, tells_what_to_do_where_too_little_can_be_written) {
  const temporary_folder folder;
  const std::string said = in_child([&] {
    const rlimit small{4096, 4096};
    std::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &small);
    return refusal_of(folder / "data");
  });
  EXPECT_TRUE(contains(said, "free at least 512 KiB")) << said;
}

TEST(data_dir, refuses_a_file_in_its_place) {
  const temporary_folder folder;
  std::ofstream(folder / "data") << "not a folder";
  EXPECT_TRUE(contains(refusal_of(folder / "data"), "can't be created"));
  EXPECT_TRUE(contains(refusal_of(folder / "data" / "below"), "can't be created"));
}

}  // namespace bank::storage::tests
