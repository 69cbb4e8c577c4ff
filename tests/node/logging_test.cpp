#include "bank/node/logging.hpp"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>

namespace bank::node {
namespace {

/// Redirects standard error to a pipe while it exists.
class piped_errors {
 public:
  piped_errors() {
    if (::pipe(ends_.data()) != 0) throw std::runtime_error("no pipe");
    ::dup2(ends_[1], STDERR_FILENO);
    ::close(ends_[1]);
  }
  ~piped_errors() {
    ::dup2(real_, STDERR_FILENO);
    ::close(real_);
    ::close(ends_[0]);
  }
  /// Everything written until standard error is restored.
  std::string read() const {
    std::string all;
    std::array<char, 4096> some{};
    for (ssize_t n = 0; (n = ::read(ends_[0], some.data(), some.size())) > 0;)
      all.append(some.data(), static_cast<std::size_t>(n));
    return all;
  }
  void end() const { ::dup2(real_, STDERR_FILENO); }

 private:
  int real_ = ::dup(STDERR_FILENO);
  std::array<int, 2> ends_{};
};

TEST(program_log, counts_what_it_drops_when_nobody_reads_and_never_waits) {
  const piped_errors errors;
  std::string written;
  std::thread reader;
  std::uint64_t dropped = 0;
  {
    const program_log log("info");
    EXPECT_EQ(log.dropped(), 0U);
    constexpr int lines = 20'000;  // more than the queue and a pipe hold
    for (int i = 0; i < lines; ++i) spdlog::info("line {} of very many that nobody reads", i);
    dropped = log.dropped();
    EXPECT_GT(dropped, 0U);
    EXPECT_LT(dropped, static_cast<std::uint64_t>(lines));
    reader = std::thread([&] { written = errors.read(); });
  }
  errors.end();
  reader.join();
  EXPECT_NE(written.find("line 19999 of"), std::string::npos) << "the oldest go, not the newest";
  EXPECT_NE(written.find(std::to_string(dropped) + " lines were dropped"), std::string::npos);
}

}  // namespace
}  // namespace bank::node
