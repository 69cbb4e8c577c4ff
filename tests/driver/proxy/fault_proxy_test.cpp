#include "driver/proxy/fault_proxy.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace bank::driver::proxy {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

/// An echo server with a thread per connection.
template <class Protocol>
class echo_server {
 public:
  explicit echo_server(const typename Protocol::endpoint& at)
      : acceptor_(io_, at), here_(acceptor_.local_endpoint()) {
    acceptor_.listen();
    thread_ = std::thread([this] { serve(); });
  }
  ~echo_server() {
    ending_ = true;
    typename Protocol::socket last(io_);
    error_code ignored;
    last.connect(here_, ignored);
    last.close(ignored);
    thread_.join();
    for (std::thread& t : answering_) t.join();
  }
  typename Protocol::endpoint here() const { return here_; }

 private:
  void serve() {
    while (!ending_) {
      typename Protocol::socket socket(io_);
      error_code error;
      acceptor_.accept(socket, error);
      if (!error) answering_.emplace_back(answer, std::move(socket));
    }
  }
  static void answer(typename Protocol::socket socket) {
    std::string buffer(4096, '\0');
    error_code error;
    while (!error) {
      const std::size_t n = socket.read_some(asio::buffer(buffer), error);
      if (!error) asio::write(socket, asio::buffer(buffer.data(), n), error);
    }
  }

  asio::io_context io_;
  typename Protocol::acceptor acceptor_;
  typename Protocol::endpoint here_;
  std::atomic<bool> ending_{false};
  std::vector<std::thread> answering_;
  std::thread thread_;
};

using tcp_echo = echo_server<tcp>;
const tcp::endpoint anywhere(asio::ip::address_v4::loopback(), 0);

class client {
 public:
  explicit client(const fault_proxy& proxy) : socket_(io_) {
    socket_.connect({asio::ip::address_v4::loopback(), proxy.port()}, error_);
  }
  error_code connected() const { return error_; }

  error_code send(std::string_view text) {
    error_code error;
    asio::write(socket_, asio::buffer(text), error);
    return error;
  }
  /// Reads exactly this many bytes, or what came before an error.
  std::string receive(std::size_t n, error_code& error) {
    std::string text(n, '\0');
    text.resize(asio::read(socket_, asio::buffer(text), error));
    return text;
  }
  std::string exchange(std::string_view text) {
    error_code error;
    if (send(text)) return {};
    return receive(text.size(), error);
  }
  std::size_t waiting() {
    error_code ignored;
    return socket_.available(ignored);
  }
  void end_sending() { socket_.shutdown(tcp::socket::shutdown_send); }

 private:
  asio::io_context io_;
  tcp::socket socket_;
  error_code error_;
};

struct fault_proxy_test : testing::Test {
  tcp_echo server{anywhere};
  fault_proxy proxy{tcp_target{"127.0.0.1", server.here().port()}};
};

TEST_F(fault_proxy_test, passes_bytes_both_ways_and_counts_them) {
  client c(proxy);
  EXPECT_EQ(c.exchange("hello"), "hello");
  const std::string much(3'000'000, 'x');
  std::thread sending([&] { c.send(much); });
  error_code error;
  EXPECT_EQ(c.receive(much.size(), error), much);
  sending.join();
  EXPECT_EQ(proxy.count().accepted, 1u);
  EXPECT_EQ(proxy.count().open, 1u);
  EXPECT_EQ(proxy.count().bytes_to_target, 3'000'005u);
}

TEST_F(fault_proxy_test, passes_the_end_of_one_side_and_keeps_the_other_open) {
  client c(proxy);
  ASSERT_FALSE(c.send("last words"));
  c.end_sending();
  error_code error;
  EXPECT_EQ(c.receive(100, error), "last words");
  EXPECT_EQ(error, asio::error::eof);
}

TEST_F(fault_proxy_test, reaches_a_unix_socket) {
  std::string folder = (std::filesystem::temp_directory_path() / "proxy-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  {
    const std::string path = folder + "/socket";
    echo_server<asio::local::stream_protocol> local{asio::local::stream_protocol::endpoint(path)};
    fault_proxy before{unix_target{path}};
    EXPECT_EQ(client(before).exchange("over there"), "over there");
  }
  std::filesystem::remove_all(folder);
}

TEST_F(fault_proxy_test, ends_a_connection_for_which_the_target_is_not_there) {
  fault_proxy nowhere{unix_target{"/nonexistent/socket"}};
  client c(nowhere);
  ASSERT_FALSE(c.connected());
  error_code error;
  EXPECT_EQ(c.receive(1, error), "");
  EXPECT_TRUE(error);
  EXPECT_EQ(nowhere.count().unreachable, 1u);
}

TEST_F(fault_proxy_test, that_is_down_resets_what_is_open_and_refuses_what_comes) {
  client c(proxy);
  ASSERT_EQ(c.exchange("a"), "a");
  proxy.down();
  error_code error;
  EXPECT_EQ(c.receive(1, error), "");
  EXPECT_TRUE(error);
  EXPECT_EQ(client(proxy).connected(), asio::error::connection_refused);
  EXPECT_EQ(proxy.count().cut, 1u);
  EXPECT_EQ(proxy.count().accepted, 1u);
}

TEST_F(fault_proxy_test, comes_back_on_the_same_port) {
  const std::uint16_t port = proxy.port();
  for (int i = 0; i < 20; ++i) {
    proxy.down();
    proxy.pass();
    EXPECT_EQ(client(proxy).exchange("again"), "again");
  }
  EXPECT_EQ(proxy.port(), port);
}

TEST_F(fault_proxy_test, leaves_no_socket_to_a_process_that_is_started_meanwhile) {
  client c(proxy);
  ASSERT_EQ(c.exchange("a"), "a");
  const pid_t child = ::fork();
  if (child == 0) ::execl("/bin/sleep", "sleep", "60", nullptr);
  // The child has called exec when its name has changed.
  const std::string comm = "/proc/" + std::to_string(child) + "/comm";
  for (std::string name; name != "sleep";) std::getline(std::ifstream(comm) >> std::ws, name);
  proxy.down();
  EXPECT_EQ(client(proxy).connected(), asio::error::connection_refused);
  proxy.pass();
  EXPECT_EQ(client(proxy).exchange("b"), "b");
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

TEST_F(fault_proxy_test, black_hole_holds_all_back_until_it_ends) {
  client c(proxy);
  ASSERT_EQ(c.exchange("a"), "a");
  proxy.black_hole();
  client later(proxy);
  EXPECT_FALSE(later.connected());  // the kernel accepts it; no answer comes
  ASSERT_FALSE(c.send("into the dark"));
  ASSERT_FALSE(later.send("too"));
  // Nothing is delivered, although the target would answer at once.
  for (int i = 0; i < 100; ++i) EXPECT_EQ(proxy.count().bytes_to_target, 1u);
  EXPECT_EQ(c.waiting(), 0u);
  proxy.pass();
  error_code error;
  EXPECT_EQ(c.receive(13, error), "into the dark");
  EXPECT_EQ(later.receive(3, error), "too");
}

TEST_F(fault_proxy_test, delays_each_way) {
  client c(proxy);
  ASSERT_EQ(c.exchange("a"), "a");
  proxy.delay({20ms, 0ms});
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(c.exchange("slow"), "slow");
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 40ms);
}

TEST_F(fault_proxy_test, delays_one_way_only_where_that_is_asked) {
  faults f;
  f.to_client = {15ms, 5ms};
  proxy.set(f);
  EXPECT_EQ(proxy.current(), f);
  client c(proxy);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(c.exchange("slow"), "slow");
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 15ms);
}

TEST_F(fault_proxy_test, trickles) {
  proxy.trickle(1'000);
  client c(proxy);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(c.exchange(std::string(100, 'x')), std::string(100, 'x'));
  // 100 bytes at 1,000 per second, without the time of the last portion.
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 75ms);
}

TEST_F(fault_proxy_test, cuts_after_so_many_bytes_and_not_before) {
  proxy.cut_after(12);
  client c(proxy);
  EXPECT_EQ(c.exchange("12345"), "12345");
  ASSERT_FALSE(c.send("12345"));
  error_code error;
  EXPECT_LE(c.receive(5, error).size(), 2u);
  EXPECT_TRUE(error);
  const counters count = proxy.count();
  EXPECT_EQ(count.bytes_to_target + count.bytes_to_client, 12u);
  EXPECT_EQ(count.cut, 1u);
  EXPECT_EQ(client(proxy).exchange("12"), "12") << "another connection has bytes of its own";
}

TEST_F(fault_proxy_test, cuts_what_is_open_once) {
  client one(proxy);
  client two(proxy);
  ASSERT_EQ(one.exchange("a"), "a");
  ASSERT_EQ(two.exchange("b"), "b");
  proxy.cut_now();
  error_code error;
  EXPECT_EQ(one.receive(1, error), "");
  EXPECT_EQ(two.receive(1, error), "");
  EXPECT_EQ(proxy.count().cut, 2u);
  EXPECT_EQ(client(proxy).exchange("c"), "c");
}

TEST_F(fault_proxy_test, resets_what_is_open_when_it_ends) {
  std::optional<client> c;
  {
    fault_proxy short_lived{tcp_target{"127.0.0.1", server.here().port()}};
    c.emplace(short_lived);
    ASSERT_EQ(c->exchange("a"), "a");
  }
  error_code error;
  EXPECT_EQ(c->receive(1, error), "");
  EXPECT_TRUE(error);
}

TEST_F(fault_proxy_test, says_when_a_port_can_not_be_had) {
  fault_proxy::options taken;
  taken.port = server.here().port();
  EXPECT_THROW(fault_proxy(tcp_target{"127.0.0.1", 1}, taken), boost::system::system_error);
}

}  // namespace
}  // namespace bank::driver::proxy
