#include "bank/node/process.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <mutex>
#include <string>
#include <vector>

#include <condition_variable>

namespace bank::node {
namespace {

// Before the first thread, as in the program.
const bool prepared = (prepare_process(), true);

class heard_signals {
 public:
  void note(const std::string& what) {
    const std::lock_guard lock(mutex_);
    all_.push_back(what);
    changed_.notify_all();
  }
  std::vector<std::string> wait_for(std::size_t n) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return all_.size() >= n; });
    return all_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> all_;
};

TEST(process, is_prepared) {
  ASSERT_TRUE(prepared);
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(limit.rlim_cur, limit.rlim_max);
  std::raise(SIGPIPE);  // ignored
  std::raise(SIGXFSZ);
  std::raise(SIGUSR1);
  std::raise(SIGUSR2);
  EXPECT_EQ(file_limit(), limit.rlim_max == RLIM_INFINITY ? UINT64_MAX : limit.rlim_max);
}

TEST(process, names_signals) {
  EXPECT_EQ(name_of(SIGTERM), "SIGTERM");
  EXPECT_EQ(name_of(SIGHUP), "SIGHUP");
  EXPECT_EQ(name_of(1'000), "signal 1000");
}

TEST(process, hears_the_first_signal_and_then_each_further_one) {
  heard_signals heard;
  const signal_watch watch([&](int s) { heard.note("first " + std::to_string(s)); },
                           [&](int s) { heard.note("again " + std::to_string(s)); },
                           std::chrono::seconds(0));
  ::kill(::getpid(), SIGTERM);
  heard.wait_for(1);
  ::kill(::getpid(), SIGINT);
  heard.wait_for(2);
  ::kill(::getpid(), SIGHUP);
  EXPECT_EQ(heard.wait_for(3), (std::vector<std::string>{"first 15", "again 2", "again 1"}));
}

TEST(process, takes_the_echo_of_a_signal_for_the_same_wish) {
  heard_signals heard;
  {
    const signal_watch watch([&](int s) { heard.note("first " + std::to_string(s)); },
                             [&](int s) { heard.note("again " + std::to_string(s)); },
                             std::chrono::hours(1));
    ::kill(::getpid(), SIGTERM);
    heard.wait_for(1);
    ::kill(::getpid(), SIGTERM);  // as timeout(1) does: the process, then its group
    ::kill(::getpid(), SIGINT);
    sigset_t pending;
    do sigpending(&pending);
    while (sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1);
  }
  EXPECT_EQ(heard.wait_for(1), (std::vector<std::string>{"first 15"}));
}

TEST(process, ends_its_watch_without_a_signal) {
  const signal_watch watch([](int) { ADD_FAILURE(); }, [](int) { ADD_FAILURE(); });
}

}  // namespace
}  // namespace bank::node
