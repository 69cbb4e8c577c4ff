#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>

#include "end_to_end/programs.hpp"

namespace bank::end_to_end {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::vector<std::string> node_in(const std::filesystem::path& data_dir, std::uint16_t port = 0) {
  return {"--port", std::to_string(port), "--data-dir", data_dir.string()};
}

TEST(start, fails_on_a_taken_port_and_names_it) {
  const scratch_folder scratch;
  const running_node node(scratch / "one", scratch / "log");
  const failed_start f = start_in_vain(node_in(scratch / "two", node.port()));
  EXPECT_EQ(f.end.status, 1);
  EXPECT_TRUE(has(f.words, "port " + std::to_string(node.port()) + " on 127.0.0.1 is in use"))
      << f.words;
}

TEST(start, fails_on_a_folder_in_use_and_names_the_other_node) {
  const scratch_folder scratch;
  const running_node node(scratch / "data", scratch / "log");
  const failed_start f = start_in_vain(node_in(scratch / "data"));
  EXPECT_EQ(f.end.status, 1);
  EXPECT_TRUE(has(f.words, "is in use by another bank-node")) << f.words;
  EXPECT_TRUE(has(f.words, node.url())) << f.words;
}

/// Sets the schema number of a SQLite file to 999. The number is in the file's header, so no
/// library is needed; the node must have stopped cleanly, so that no journal is left.
void age_backwards(const std::filesystem::path& file) {
  std::string bytes = read_text(file);
  ASSERT_GT(bytes.size(), 64U);
  bytes.replace(60, 4, std::string("\0\0\x03\xe7", 4));
  write_text(file, bytes);
}

TEST(start, fails_on_data_of_a_newer_version) {
  const scratch_folder scratch;
  {
    running_node node(scratch / "data", scratch / "log");
    node.send(SIGTERM);
    ASSERT_EQ(node.wait().status, 0);
  }
  age_backwards(scratch.path() / "data" / "ledger.db");
  const failed_start f = start_in_vain(node_in(scratch / "data"));
  EXPECT_EQ(f.end.status, 1);
  EXPECT_TRUE(has(f.words, "ledger.db was written by a newer bank-node (schema 999")) << f.words;
}

TEST(start, fails_on_a_broken_configuration_with_file_line_and_key) {
  const scratch_folder scratch;
  const struct {
    std::string text;
    std::string says;
  } cases[] = {
      {"{\n  \"prot\": 8080\n}", "prot"},
      {"{\n  \"port\": \"many\"\n}", "port"},
  };
  for (const auto& c : cases) {
    write_text(scratch / "node.json", c.text);
    const failed_start f = start_in_vain(
        {"--config", (scratch / "node.json").string(), "--data-dir", (scratch / "data").string()});
    EXPECT_EQ(f.end.status, 2) << f.words;
    EXPECT_TRUE(has(f.words, (scratch / "node.json").string() + ":2:")) << f.words;
    EXPECT_TRUE(has(f.words, c.says)) << f.words;
  }
}

TEST(start, fails_where_nothing_can_be_written) {
  const failed_start f = start_in_vain(node_in("/proc/bank-data"));
  EXPECT_EQ(f.end.status, 1);
  EXPECT_TRUE(has(f.words, "the data folder /proc/bank-data can't be")) << f.words;
}

/// A tiny file system; only a privileged user can mount one.
class tiny_disk {
 public:
  explicit tiny_disk(const std::filesystem::path& at) : at_(at) {
    std::filesystem::create_directories(at);
    mounted_ = ::mount("tmpfs", at.c_str(), "tmpfs", 0, "size=16k") == 0;
  }
  tiny_disk(const tiny_disk&) = delete;
  tiny_disk& operator=(const tiny_disk&) = delete;
  ~tiny_disk() {
    if (mounted_) ::umount2(at_.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }

 private:
  std::filesystem::path at_;
  bool mounted_ = false;
};

TEST(start, fails_on_a_full_disk) {
  const scratch_folder scratch;
  const tiny_disk disk(scratch / "disk");
  if (!disk.mounted()) GTEST_SKIP() << "no file system can be mounted: " << std::strerror(errno);
  const failed_start f = start_in_vain(node_in(scratch.path() / "disk" / "data"));
  EXPECT_EQ(f.end.status, 1);
  EXPECT_TRUE(has(f.words, "No space left on device): free at least")) << f.words;
}

TEST(start, that_follows_a_clean_stop_serves_again_on_the_same_port) {
  const scratch_folder scratch;
  std::optional<running_node> node(std::in_place, scratch / "data", scratch / "log");
  const std::uint16_t port = node->port();
  node->send(SIGTERM);
  EXPECT_EQ(node->wait().status, 0);
  node.emplace(scratch / "data", scratch / "log", port);
  EXPECT_EQ(node->port(), port);
}

}  // namespace
}  // namespace bank::end_to_end
