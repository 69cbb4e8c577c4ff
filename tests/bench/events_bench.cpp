// Thousands of clients of one node's GET /v1/events during transfers at a constant rate. Measures
// the time from a transfer's request to its event at a client, the node's writes per client, its
// memory per client, and its cores. Prints one line of JSON per figure; fails unless every client
// got every event.
//
// It shares the machine with the node, so it parses the streams of a few clients only and counts
// bytes and segments of the others (a write of the node is a segment on the loopback).

#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;

struct options {
  std::string target = "http://127.0.0.1:8080";
  std::string token;
  int pid = 0;
  std::size_t clients = 5'000;
  std::size_t rate = 100;
  double seconds = 10;
};

/// Enough to keep the rate while a transfer's answer waits for a round of writes.
constexpr std::size_t publishers = 50;
constexpr std::size_t one_looked_at_of = 100;

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }

int connect_to(const options& o) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port =
      htons(static_cast<std::uint16_t>(std::stoi(o.target.substr(o.target.rfind(':') + 1))));
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ::connect(fd, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0)
    fail(o.target + " can't be reached: " + std::strerror(errno));
  return fd;
}

void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) fail("the node does not take a request");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

/// A connection for one request after another.
class caller {
 public:
  explicit caller(const options& o) : fd_(connect_to(o)), token_(o.token) {}
  caller(const caller&) = delete;
  caller& operator=(const caller&) = delete;
  ~caller() { ::close(fd_); }

  /// The body of the answer, which must be 201.
  std::string post(const std::string& path, const std::string& body) {
    send_all(fd_, "POST " + path + " HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer " + token_ +
                      "\r\nContent-Type: application/json\r\nContent-Length: " +
                      std::to_string(body.size()) + "\r\n\r\n" + body);
    std::string all;
    std::array<char, 8192> bytes;
    for (;;) {
      const std::size_t head = all.find("\r\n\r\n");
      const std::size_t at = all.find("Content-Length: ");
      if (head != std::string::npos && all.size() >= head + 4 + std::stoul(all.substr(at + 16)))
        break;
      const ssize_t n = ::recv(fd_, bytes.data(), bytes.size(), 0);
      if (n <= 0) fail("the node hung up");
      all.append(bytes.data(), static_cast<std::size_t>(n));
    }
    if (all.substr(9, 3) != "201") fail("the node answers " + all);
    return all.substr(all.find("\r\n\r\n") + 4);
  }

 private:
  const int fd_;
  const std::string token_;
};

struct listener {
  int fd = -1;
  std::size_t bytes = 0;
  std::uint32_t segments_before = 0;
  bool closely = false;
  std::string rest{};  ///< of a parsed client: an incomplete line
  std::size_t events = 0;
};

std::uint32_t segments(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  ::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size);
  return info.tcpi_data_segs_in;
}

/// All clients and their events.
class audience {
 public:
  explicit audience(const options& o) : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    const std::string request =
        "GET /v1/events?topics=transfers HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer " +
        o.token + "\r\n\r\n";
    listeners_.resize(o.clients);
    for (std::size_t i = 0; i < o.clients; ++i) {
      listener& l = listeners_[i];
      l.fd = connect_to(o);
      l.closely = i % one_looked_at_of == 0;
      send_all(l.fd, request);
      begin(l);
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, l.fd, &event);
    }
  }
  audience(const audience&) = delete;
  audience& operator=(const audience&) = delete;
  ~audience() {
    for (const listener& l : listeners_) ::close(l.fd);
    ::close(epoll_);
  }

  /// Reads until `over` and nothing has come for half a second.
  void listen(const std::atomic<bool>& over) {
    std::array<epoll_event, 512> events{};
    for (;;) {
      const int n = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 500);
      if (n == 0 && over) return;
      const auto now = clock_type::now();
      for (int i = 0; i < n; ++i)
        hear(listeners_[events[static_cast<std::size_t>(i)].data.u64], now);
    }
  }

  std::vector<double>& latencies_ms() { return latencies_ms_; }
  /// Per client; the same for all.
  std::size_t events_heard() const {
    for (const listener& l : listeners_)
      if (l.bytes != listeners_[0].bytes || (l.closely && l.events != listeners_[0].events))
        fail("not all clients heard the same");
    return listeners_[0].events;
  }
  double most_segments() const {
    std::uint32_t most = 0;
    for (const listener& l : listeners_) most = std::max(most, segments(l.fd) - l.segments_before);
    return most;
  }

 private:
  /// The head and everything before the first event.
  static void begin(listener& l) {
    std::string all;
    std::array<char, 1024> bytes;
    while (all.find("\nid: ") == std::string::npos || !all.ends_with("\n\n")) {
      const ssize_t n = ::recv(l.fd, bytes.data(), bytes.size(), 0);
      if (n <= 0) fail("the node answers: " + all);
      all.append(bytes.data(), static_cast<std::size_t>(n));
    }
    l.segments_before = segments(l.fd);
  }

  void hear(listener& l, clock_type::time_point now) {
    const ssize_t n = ::recv(l.fd, buffer_.data(), buffer_.size(), 0);
    if (n <= 0) fail("the node hung up on a client");
    l.bytes += static_cast<std::size_t>(n);
    if (!l.closely) return;
    l.rest.append(buffer_.data(), static_cast<std::size_t>(n));
    constexpr std::string_view memo = "\"memo\":\"";
    std::size_t done = 0;
    for (std::size_t end = l.rest.find("\n\n"); end != std::string::npos;
         end = l.rest.find("\n\n", done)) {
      const std::size_t at = l.rest.find(memo, done);
      if (at < end) {
        const clock_type::duration sent(std::atoll(l.rest.c_str() + at + memo.size()));
        latencies_ms_.push_back(
            std::chrono::duration<double, std::milli>(now.time_since_epoch() - sent).count());
        ++l.events;
      }
      done = end + 2;
    }
    l.rest.erase(0, done);
  }

  int epoll_;
  std::vector<listener> listeners_;
  std::vector<char> buffer_ = std::vector<char>(256 * 1024);
  std::vector<double> latencies_ms_;
};

std::string open_account(caller& c) {
  const std::string body =
      c.post("/v1/accounts", R"({"type":"checking","currency":"USD","owner":"bench"})");
  return body.substr(body.find(R"("id":")") + 6, 36);
}

/// Makes transfers at the rate, each with the time of its request as memo. Returns their number.
std::size_t publish(const options& o, const std::string& to) {
  std::atomic<std::size_t> made{0};
  std::vector<std::thread> threads;
  const auto begin = clock_type::now();
  const auto step = std::chrono::nanoseconds(1'000'000'000 * publishers / o.rate);
  for (std::size_t p = 0; p < publishers; ++p)
    threads.emplace_back([&, p] {
      caller c(o);
      auto next = begin + step * p / publishers;
      for (; next < begin + std::chrono::duration<double>(o.seconds); next += step) {
        std::this_thread::sleep_until(next);
        const auto now = clock_type::now().time_since_epoch().count();
        c.post("/v1/transfers", R"({"from":"world","amount":1,"currency":"USD","to":")" + to +
                                    R"(","memo":")" + std::to_string(now) + "\"}");
        ++made;
      }
    });
  for (auto& t : threads) t.join();
  return made;
}

double resident_kb(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  file >> all >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1024;
}

double cpu_seconds(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string word;
  double ticks = 0;
  for (int field = 1; field <= 15 && file >> word; ++field)
    if (field >= 14) ticks += std::stod(word);
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double quantile(std::vector<double>& of, double q) {
  const auto at = of.begin() + static_cast<long>(static_cast<double>(of.size() - 1) * q);
  std::nth_element(of.begin(), at, of.end());
  return *at;
}

void print(const char* name, double value) {
  std::printf(R"({"name":"%s","rate":%.2f})"
              "\n",
              name, value);
}

void measure(const options& o) {
  std::string account;
  {
    caller c(o);
    account = open_account(c);
  }
  const double before_kb = resident_kb(o.pid);
  audience all(o);
  const double idle_kb = resident_kb(o.pid);
  std::atomic<bool> over{false};
  const double cpu_before = cpu_seconds(o.pid);
  const auto began = clock_type::now();
  std::size_t made = 0;
  std::string failed;
  std::jthread publishing([&] {
    try {
      made = publish(o, account);
    } catch (const std::exception& e) {
      failed = e.what();
    }
    over = true;
  });
  all.listen(over);
  publishing.join();
  if (!failed.empty()) fail(failed);
  const double took = std::chrono::duration<double>(clock_type::now() - began).count();
  const double cpu = cpu_seconds(o.pid) - cpu_before;
  const double busy_kb = resident_kb(o.pid);
  if (all.events_heard() != made)
    fail("clients heard " + std::to_string(all.events_heard()) + " of " + std::to_string(made));
  const auto clients = static_cast<double>(o.clients);
  const double events = static_cast<double>(made) * clients / took;
  std::printf(R"({"name":"sse_deliveries","rate":%.0f,"p50_ms":%.1f,"p99_ms":%.1f,)"
              R"("clients":%zu,"events":%zu})"
              "\n",
              events, quantile(all.latencies_ms(), 0.5), quantile(all.latencies_ms(), 0.99),
              o.clients, made);
  print("sse_transfers_a_second", static_cast<double>(made) / took);
  print("sse_most_writes_a_second", all.most_segments() / took);
  print("sse_idle_kb_per_client", (idle_kb - before_kb) / clients);
  print("sse_kb_per_client", (busy_kb - before_kb) / clients);
  print("sse_node_cores", cpu / took);
}

}  // namespace

int main(int argc, char** argv) {
  options o;
  CLI::App app("Measures a running node's event streams", "events_bench");
  app.add_option("--target", o.target, "Address of the node, on the loopback interface");
  app.add_option("--token", o.token, "Admin token of the node")->required();
  app.add_option("--pid", o.pid, "Process id of the node, to read its memory and processor time")
      ->required();
  app.add_option("--clients", o.clients,
                 "Event streams (the node's events.streams_per_caller must allow them)");
  app.add_option("--rate", o.rate, "Transfers per second")->check(CLI::Range(1, 10'000));
  app.add_option("--seconds", o.seconds, "Seconds to measure")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  try {
    measure(o);
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "events_bench: %s\n", e.what());
    return 1;
  }
}
