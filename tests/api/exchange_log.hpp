#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace bank::api::testing {

/// Records the requests and answers of one connection for `tests/openapi`, which compares them
/// with the API's description. Off unless EXCHANGE_FOLDER in the environment names a folder. Each
/// process writes its own file there, one line of JSON per answer. Bytes are unchanged: read the
/// file as Latin-1. A body equal to the previous one is left out.
class exchange_log {
 public:
  void sent(std::string_view bytes) {
    if (file() < 0) return;
    const std::lock_guard lock(mutex());
    sent_ += bytes;
  }

  void answered(unsigned status, const std::map<std::string, std::string>& fields,
                std::string_view body) {
    if (file() < 0 || status == 0) return;
    const std::lock_guard lock(mutex());
    boost::json::object headers;
    for (const auto& [name, value] : fields) headers[name] = value;
    boost::json::object line;
    line["test"] = test_name();
    line["connection"] = connection_;
    line["sent"] = std::exchange(sent_, {});
    line["status"] = status;
    line["headers"] = std::move(headers);
    if (body != last_body_) line["body"] = last_body_ = body;
    write(boost::json::serialize(line) + "\n");
  }

 private:
  /// For all logs: one thread may send a request whose answer another reads.
  static std::mutex& mutex() {
    static std::mutex shared;
    return shared;
  }

  static int next_connection() {
    static std::atomic<int> last{0};
    return ++last;
  }

  /// Of this process; -1 if nothing is recorded.
  static int file() {
    static const int opened = open_file();
    return opened;
  }

  static int open_file() {
    const char* folder = std::getenv("EXCHANGE_FOLDER");
    if (folder == nullptr) return -1;
    const std::string name = std::string(folder) + "/" + std::to_string(::getpid()) + ".jsonl";
    const int opened = ::open(name.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    EXPECT_GE(opened, 0) << name;
    return opened;
  }

  static void write(const std::string& line) {
    const auto written = ::write(file(), line.data(), line.size());
    EXPECT_EQ(written, static_cast<ssize_t>(line.size()));
  }

  static std::string test_name() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    return test == nullptr ? "" : std::string(test->test_suite_name()) + "." + test->name();
  }

  int connection_ = next_connection();
  std::string sent_;
  std::string last_body_;
};

}  // namespace bank::api::testing
