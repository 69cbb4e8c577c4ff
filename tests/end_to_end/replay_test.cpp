#include <gtest/gtest.h>
#include <signal.h>

#include <thread>

#include "end_to_end/books.hpp"
#include "end_to_end/programs.hpp"

namespace bank::end_to_end {
namespace {

// Exit status 0 means that every closing balance is exact, every currency sums to zero, and every
// transaction is in its account's history exactly once. The driver's verdict is tested in
// tests/driver.

std::vector<std::string> spawned(const std::string& scenario) {
  return {scenario_file(scenario).string(), "--spawn", "--replay-dir", books_folder().string()};
}

std::vector<std::string> against(const running_node& node, const std::filesystem::path& data_dir,
                                 const std::filesystem::path& books) {
  return {scenario_file("replay").string(),    "--target",     node.url(),    "--token-file",
          (data_dir / "admin.token").string(), "--replay-dir", books.string()};
}

/// Waits until the ledger has grown by that many entries.
void wait_for_growth(const running_node& node, std::int64_t entries) {
  while (node.ledger_sequence().value_or(0) < entries) {
  }
}

TEST(replay, brings_every_closing_balance_out_exact) {
  const scratch_folder scratch;
  const driver_run run = run_driver(scratch, spawned("replay"));
  std::cout << run.end.output;
  ASSERT_EQ(run.end.status, 0) << run.end.output << run.errors;
  EXPECT_EQ(run.number("transfers_acknowledged"), run.number("transfers"));
  EXPECT_EQ(run.number("replayed"), 0);
}

TEST(replay, survives_kill_9_of_the_node_on_the_way) {
  const scratch_folder scratch;
  const driver_run run = run_driver(scratch, spawned("replay-kill"));
  std::cout << run.end.output;
  ASSERT_EQ(run.end.status, 0) << run.end.output << run.errors;
  EXPECT_EQ(run.number("restarts"), 1);
  EXPECT_GT(run.number("retries"), 0);
}

TEST(replay, done_twice_moves_nothing_the_second_time) {
  const scratch_folder scratch;
  const auto books = books_folder();
  const auto data_dir = scratch / "data";
  running_node node(data_dir, scratch / "node.log");
  const driver_run first = run_driver(scratch, against(node, data_dir, books));
  ASSERT_EQ(first.end.status, 0) << first.end.output << first.errors;
  const auto sequence = node.ledger_sequence();
  const driver_run second = run_driver(scratch, against(node, data_dir, books));
  ASSERT_EQ(second.end.status, 0) << second.end.output << second.errors;
  EXPECT_EQ(second.number("replayed"), second.number("transfers"));
  EXPECT_EQ(node.ledger_sequence(), sequence);
}

TEST(replay, goes_on_after_an_orderly_stop_of_the_node_on_the_way) {
  const scratch_folder scratch;
  const auto data_dir = scratch / "data";
  make_long_books(scratch / "books", 100, 20'000);
  std::optional<running_node> node(std::in_place, data_dir, scratch / "node.log");
  const std::uint16_t port = node->port();
  child_process driver(driver_command(scratch, against(*node, data_dir, scratch / "books")));
  wait_for_growth(*node, 2'000);
  node->send(SIGTERM);
  // 0 and not 4: the node finished within its own limit of 10 s, and abandoned nothing.
  EXPECT_EQ(node->wait().status, 0) << read_text(scratch / "node.log");
  node.emplace(data_dir, scratch / "node.log", port);
  const driver_run run = finish(driver, scratch);
  ASSERT_EQ(run.end.status, 0) << run.end.output << run.errors;
  EXPECT_GT(run.number("retries"), 0);
  node->send(SIGTERM);
  EXPECT_EQ(node->wait().status, 0);
}

TEST(replay, that_is_interrupted_can_be_taken_up_again) {
  const scratch_folder scratch;
  const auto data_dir = scratch / "data";
  make_long_books(scratch / "books", 100, 20'000);
  running_node node(data_dir, scratch / "node.log");
  const auto arguments = against(node, data_dir, scratch / "books");
  child_process driver(driver_command(scratch, arguments));
  wait_for_growth(node, 2'000);
  driver.send(SIGINT);
  const driver_run interrupted = finish(driver, scratch);
  EXPECT_EQ(interrupted.end.status, 3);
  EXPECT_NE(interrupted.end.output.find("interrupted (SIGINT)"), std::string::npos);
  const driver_run resumed = run_driver(scratch, arguments);
  ASSERT_EQ(resumed.end.status, 0) << resumed.end.output << resumed.errors;
  EXPECT_GE(resumed.number("replayed"), interrupted.number("transfers_acknowledged"));
}

/// The data folder of the driver's node, once it serves.
std::filesystem::path wait_for_spawned_node(const scratch_folder& scratch) {
  for (;; std::this_thread::yield())
    for (const auto& entry : std::filesystem::directory_iterator(scratch.path()))
      if (std::filesystem::exists(entry.path() / "data" / "admin.token"))
        return entry.path() / "data";
}

/// A driver with its own node during a long replay.
child_process start_spawning(const scratch_folder& scratch) {
  make_long_books(scratch / "books", 100, 50'000);
  return child_process(driver_command(scratch, {scenario_file("replay").string(), "--spawn",
                                                "--replay-dir", (scratch / "books").string()}));
}

TEST(replay, that_is_interrupted_ends_its_own_node) {
  const scratch_folder scratch;
  child_process driver = start_spawning(scratch);
  const auto data_dir = wait_for_spawned_node(scratch);
  driver.send(SIGINT);
  const driver_run run = finish(driver, scratch);
  EXPECT_EQ(run.end.status, 3);
  EXPECT_NE(run.end.output.find("interrupted (SIGINT)"), std::string::npos) << run.end.output;
  EXPECT_NE(running_node(data_dir, scratch / "node.log").port(), 0);
}

TEST(replay, fails_at_once_when_its_own_node_dies) {
  const scratch_folder scratch;
  child_process driver = start_spawning(scratch);
  const auto data_dir = wait_for_spawned_node(scratch);
  ::kill(std::stoi(read_text(data_dir / "lock")), SIGKILL);
  const driver_run run = finish(driver, scratch);
  EXPECT_EQ(run.end.status, 3);
  EXPECT_NE(run.end.output.find("was killed by signal 9"), std::string::npos) << run.end.output;
}

TEST(replay, that_is_killed_takes_its_node_with_it) {
  const scratch_folder scratch;
  child_process driver = start_spawning(scratch);
  const auto data_dir = wait_for_spawned_node(scratch);
  driver.send(SIGKILL);
  EXPECT_EQ(driver.wait().signal, SIGKILL);
  // The lock on the folder is released with the process: a new node can soon take it.
  const auto serves = [&] {
    try {
      return running_node(data_dir, scratch / "node.log").port() != 0;
    } catch (const std::runtime_error&) {
      return false;
    }
  };
  int attempts = 0;
  while (!serves() && attempts < 1000) ++attempts;
  EXPECT_LT(attempts, 1000) << read_text(scratch / "node.log");
}

TEST(replay, says_which_row_the_node_refuses_and_why) {
  const scratch_folder scratch;
  const auto data_dir = scratch / "data";
  const auto books = scratch / "books";
  make_long_books(books, 3, 30);
  running_node node(data_dir, scratch / "node.log");
  std::vector<std::string> arguments = against(node, data_dir, books);
  write_text(scratch / "no.token", "nobody\n");
  arguments[4] = (scratch / "no.token").string();
  const driver_run run = run_driver(scratch, arguments);
  EXPECT_EQ(run.end.status, 3);
  EXPECT_NE(run.end.output.find("the node answered 401 unauthenticated"), std::string::npos)
      << run.end.output;
  EXPECT_NE(run.end.output.find("account "), std::string::npos);
}

TEST(driver, refuses_what_it_can_not_do_with_one_sentence) {
  const scratch_folder scratch;
  write_text(scratch / "load.json",
             "{\"replay\":{\"dir\":\"b\",\"currency\":\"CZK\"},\n\"mix\":{}}");
  const std::string replay = scenario_file("replay").string();
  const std::string kill = scenario_file("replay-kill").string();
  const struct {
    std::vector<std::string> arguments;
    std::string says;
  } cases[] = {
      {{(scratch / "load.json").string(), "--spawn"},
       "is for load only, but this scenario replays books"},
      {{"no-such-scenario", "--spawn"}, "no shipped scenario of that name"},
      {{replay}, "no node is given"},
      {{replay, "--target", "http://127.0.0.1:1"}, "needs an admin token"},
      {{kill, "--target", "http://127.0.0.1:1", "--token", "t"}, "use --spawn instead of --target"},
      {{replay, "--spawn", "--replay-dir", "/no/such"}, "/no/such/accounts.csv: can't be read"},
  };
  for (const auto& c : cases) {
    const driver_run run = run_driver(scratch, c.arguments);
    EXPECT_EQ(run.end.status, 3) << c.says;
    EXPECT_NE(run.errors.find(c.says), std::string::npos) << run.errors;
  }
}

}  // namespace
}  // namespace bank::end_to_end
