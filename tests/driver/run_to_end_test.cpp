#include "driver/run_to_end.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "driver/load/trivial_answerer.hpp"
#include "driver/run/load_command.hpp"

namespace bank::driver {
namespace {

using namespace std::chrono_literals;

using values = std::vector<int>;

/// Reads the values at its end.
struct late_reader {
  const values& all;
  std::size_t& read;
  ~late_reader() { read += all.size(); }
};

task<void> wait_for_ever(asio::io_context& io, const values& all, std::size_t& read) {
  const late_reader r{all, read};
  timer never(io.get_executor());
  for (;;) {
    co_await pause(never, 1h);
  }
}

task<void> cancel_soon(asio::io_context& io) {
  timer soon(io.get_executor());
  co_await pause(soon, 1ms);
  cancel_tasks(io);
}

/// Four coroutines that use values of this one.
task<void> wait_with_four(asio::io_context& io, std::size_t& read) {
  const values all(3);
  task_group group(io);
  for (int i = 0; i < 4; ++i) group.spawn(wait_for_ever(io, all, read));
  co_await group.join();
}

TEST(run_to_end, ends_coroutines_before_what_they_use) {
  asio::io_context io{1};
  std::size_t read = 0;
  task_group beside(io);
  const auto drive = [&]() -> task<void> {
    beside.spawn(cancel_soon(io));
    co_await wait_with_four(io, read);
    ADD_FAILURE() << "went on after it was cancelled";
  };
  EXPECT_FALSE(run_to_end(io, drive(), [](const std::string&) {}));
  EXPECT_EQ(read, 12U);
  beside.spawn(wait_for_ever(io, {}, read));  // starts nothing
}

TEST(run_to_end, leaves_the_first_signal_to_the_run_and_ends_at_the_second) {
  asio::io_context io{1};
  std::size_t read = 0;
  std::vector<std::string> heard;
  const auto drive = [&]() -> task<void> {
    ::raise(SIGTERM);
    co_await wait_with_four(io, read);
  };
  EXPECT_FALSE(run_to_end(io, drive(), [&](const std::string& why) {
    EXPECT_EQ(read, 0U);
    heard.push_back(why);
    ::raise(SIGINT);
  }));
  EXPECT_EQ(heard, std::vector<std::string>{"interrupted (SIGTERM)"});
  EXPECT_EQ(read, 12U);
}

TEST(run_to_end, ends_all_after_an_exception) {
  asio::io_context io{1};
  std::size_t read = 0;
  const values all(3);
  task_group beside(io);
  const auto drive = [&]() -> task<void> {
    beside.spawn(wait_for_ever(io, all, read));
    timer soon(io.get_executor());
    co_await pause(soon, 1ms);
    throw std::runtime_error("a bug");
  };
  const maybe_problem wrong = run_to_end(io, drive(), [](const std::string&) {});
  ASSERT_TRUE(wrong);
  EXPECT_EQ(wrong->text, "internal error of the driver: a bug");
  EXPECT_EQ(read, 3U);
}

/// The node receives the first requests and does not answer.
TEST(load_command, ends_when_it_is_interrupted_before_the_load) {
  std::atomic<bool> is_sent = false;
  const trivial_answerer silent([&](std::string_view) {
    if (!is_sent.exchange(true)) ::kill(::getpid(), SIGTERM);
    return std::string(" ");
  });
  const auto s = parse_scenario(
      R"({"name":"stopped","phases":[{"name":"p","closed":{"clients":1},"duration":"1s"}]})",
      "s.json");
  ASSERT_TRUE(s);
  run_options o;
  o.target = "http://127.0.0.1:" + std::to_string(silent.port());
  o.token = "t";
  o.quiet = true;
  const load_report r = load_command(o, *s).execute();
  ASSERT_TRUE(r.failure);
  EXPECT_EQ(r.failure->text, "interrupted (SIGTERM)");
}

}  // namespace
}  // namespace bank::driver
