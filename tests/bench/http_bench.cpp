// Drives POST /v1/transfers, or its batches, of a running node from one thread over kept-alive
// connections, each with one request in flight, and prints one line of JSON: rate, p50 and p99 of
// the answers.
//
// It shares the machine with the measured node, so it is as cheap as possible: epoll and plain
// sockets, a request that is built once per connection and then patched, and only status and length
// of an answer are parsed.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "driver/http_address.hpp"
#include "driver/measures/histogram.hpp"

namespace {

using clock_type = std::chrono::steady_clock;
using bank::driver::http_address;

struct options {
  std::string target = "http://127.0.0.1:8080";
  std::string token;
  std::size_t connections = 64;
  double seconds = 5;
  double warm_up = 1;
  std::size_t accounts = 1000;
  std::int64_t initial_balance = 1'000'000;
  std::uint64_t seed = 1;
  std::size_t batch = 0;  ///< transfers in a request; 0: single ones
};

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }

int connect_to(const http_address& where) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(where.port);
  if (::inet_pton(AF_INET, where.host.c_str(), &address.sin_addr) != 1)
    fail(where.host + " is not an IPv4 address");
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fail(where.url() + " can't be reached: " + std::strerror(errno));
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

/// A complete answer at the start of the received bytes.
struct answer {
  int status = 0;
  std::string_view body;
};

/// The body's length from the head.
std::size_t content_length(std::string_view head) {
  constexpr std::string_view name = "content-length:";
  for (std::size_t line = head.find('\n'); line != std::string_view::npos;
       line = head.find('\n', line + 1)) {
    const char* field = head.data() + line + 1;
    if (head.size() - line - 1 < name.size()) break;
    if (::strncasecmp(field, name.data(), name.size()) == 0)
      return std::strtoul(field + name.size(), nullptr, 10);
  }
  return 0;
}

/// One connection and its one request in flight.
class peer {
 public:
  explicit peer(int fd) : fd_(fd) {}
  peer(peer&& other) noexcept = default;

  int fd() const noexcept { return fd_; }
  std::string request;  ///< what `send` sends
  clock_type::time_point sent;

  void send(clock_type::time_point now) {
    sent = now;
    filled_ = 0;
    for (std::string_view left = request; !left.empty();) {
      const ssize_t n = ::send(fd_, left.data(), left.size(), MSG_NOSIGNAL);
      if (n > 0) left.remove_prefix(static_cast<std::size_t>(n));
      if (n < 0 && errno != EAGAIN) fail("the node does not take a request in");
      pollfd room{fd_, POLLOUT, 0};
      if (n < 0 && ::poll(&room, 1, 30'000) == 0) fail("the node takes in no request for 30 s");
    }
  }

  /// True when the answer is complete.
  bool receive(answer& out) {
    const ssize_t n = ::recv(fd_, buffer_.data() + filled_, buffer_.size() - filled_, 0);
    if (n < 0 && errno == EAGAIN) return false;
    if (n <= 0) fail("the node hung up");
    filled_ += static_cast<std::size_t>(n);
    if (filled_ == buffer_.size()) buffer_.resize(2 * buffer_.size());
    const std::string_view all(buffer_.data(), filled_);
    const std::size_t end = all.find("\r\n\r\n");
    if (end == std::string_view::npos) return false;
    const std::size_t length = content_length(all.substr(0, end + 2));
    if (all.size() < end + 4 + length) return false;
    out.status = (all[9] - '0') * 100 + (all[10] - '0') * 10 + (all[11] - '0');
    out.body = all.substr(end + 4, length);
    return true;
  }

 private:
  int fd_;
  std::size_t filled_ = 0;
  std::vector<char> buffer_ = std::vector<char>(16 * 1024);
};

/// All connections, driven until the work is over.
class engine {
 public:
  /// Prepares the connection's next request; false: nothing left to send.
  using prepare = std::function<bool(peer&, std::size_t index, clock_type::time_point now)>;
  using receive = std::function<void(std::size_t index, const answer&, clock_type::duration took)>;

  engine(const http_address& where, std::size_t connections)
      : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    for (std::size_t i = 0; i < connections; ++i) {
      peers_.emplace_back(connect_to(where));
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, peers_.back().fd(), &event);
    }
  }
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;
  ~engine() {
    for (const peer& p : peers_) ::close(p.fd());
    ::close(epoll_);
  }

  std::vector<peer>& peers() { return peers_; }

  void run(const prepare& next, const receive& done) {
    std::size_t in_flight = 0;
    const auto begin = clock_type::now();
    for (std::size_t i = 0; i < peers_.size(); ++i) in_flight += start(i, next, begin);
    std::array<epoll_event, 256> events{};
    while (in_flight > 0) {
      const int n = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 30'000);
      if (n == 0) fail("the node has not answered for 30 s");
      const auto now = clock_type::now();
      for (int i = 0; i < n; ++i)
        in_flight -= step(events[static_cast<std::size_t>(i)].data.u64, next, done, now);
    }
  }

 private:
  std::size_t start(std::size_t i, const prepare& next, clock_type::time_point now) {
    if (!next(peers_[i], i, now)) return 0;
    peers_[i].send(now);
    return 1;
  }

  /// 1 if this connection has no request in flight any more.
  std::size_t step(std::size_t i, const prepare& next, const receive& done,
                   clock_type::time_point now) {
    answer a;
    if (!peers_[i].receive(a)) return 0;
    done(i, a, now - peers_[i].sent);
    return 1 - start(i, next, now);
  }

  int epoll_;
  std::vector<peer> peers_;
};

std::string post(const options& o, const http_address& where, std::string_view target,
                 const std::string& body) {
  return "POST " + std::string(target) + " HTTP/1.1\r\nHost: " + where.url().substr(7) +
         "\r\nAuthorization: Bearer " + o.token +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

std::string transfer(const std::string& from, const std::string& to, std::int64_t amount) {
  return R"({"from":")" + from + R"(","to":")" + to + R"(","amount":)" + std::to_string(amount) +
         R"(,"currency":"USD"})";
}

constexpr std::size_t id_size = 36;

void expect_created(const answer& a) {
  if (a.status != 201)
    fail("the node answers " + std::to_string(a.status) + ": " + std::string(a.body));
}

/// Opens the accounts in parallel; returns their ids.
std::vector<std::string> open_accounts(engine& all, const options& o, const http_address& where) {
  std::vector<std::string> ids;
  std::size_t asked = 0;
  const std::string request =
      post(o, where, "/v1/accounts", R"({"type":"checking","currency":"USD","owner":"bench"})");
  all.run(
      [&](peer& p, std::size_t, auto) {
        p.request = request;
        return asked++ < o.accounts;
      },
      [&](std::size_t, const answer& a, auto) {
        expect_created(a);
        const std::size_t at = a.body.find(R"("id":")");
        if (at == std::string_view::npos) fail("an account without an id: " + std::string(a.body));
        ids.emplace_back(a.body.substr(at + 6, id_size));
      });
  return ids;
}

void fill_accounts(engine& all, const options& o, const http_address& where,
                   const std::vector<std::string>& ids) {
  std::size_t asked = 0;
  all.run(
      [&](peer& p, std::size_t, auto) {
        if (asked == ids.size()) return false;
        p.request =
            post(o, where, "/v1/transfers", transfer("world", ids[asked++], o.initial_balance));
        return true;
      },
      [](std::size_t, const answer& a, auto) { expect_created(a); });
}

struct outcome {
  bank::driver::histogram times;
  std::size_t errors = 0;
  std::string first_error;
};

/// Transfers of 1 between random accounts for a while.
outcome move_money(engine& all, const options& o, const http_address& where,
                   const std::vector<std::string>& ids, double seconds, std::mt19937_64& random) {
  const std::string sample = post(o, where, "/v1/transfers", transfer(ids[0], ids[1], 1));
  const std::size_t from_at = sample.find(R"("from":")") + 8;
  const std::size_t to_at = sample.find(R"("to":")") + 6;
  for (peer& p : all.peers()) p.request = sample;
  outcome found;
  const auto end = clock_type::now() + std::chrono::duration<double>(seconds);
  std::uniform_int_distribution<std::size_t> any(0, ids.size() - 1);
  std::uniform_int_distribution<std::size_t> other(1, ids.size() - 1);
  all.run(
      [&](peer& p, std::size_t, clock_type::time_point now) {
        const std::size_t from = any(random);
        const std::size_t to = (from + other(random)) % ids.size();
        ids[from].copy(p.request.data() + from_at, id_size);
        ids[to].copy(p.request.data() + to_at, id_size);
        return now < end;
      },
      [&](std::size_t, const answer& a, clock_type::duration took) {
        if (a.status == 201) return found.times.add(took);
        if (found.errors++ == 0)
          found.first_error = std::to_string(a.status) + ": " + std::string(a.body);
      });
  return found;
}

/// Number of refused transfers in a batch's answer.
std::size_t refusals(std::string_view body) {
  constexpr std::string_view made = R"({"status":201,)";
  std::size_t all = 0;
  std::size_t good = 0;
  for (std::size_t at = body.find(R"({"status":)"); at != std::string_view::npos;
       at = body.find(R"({"status":)", at + 1), ++all)
    good += body.substr(at, made.size()) == made ? 1 : 0;
  return all - good;
}

/// Batches of transfers of 1 between random accounts for a while. Counts requests.
outcome move_in_batches(engine& all, const options& o, const http_address& where,
                        const std::vector<std::string>& ids, double seconds,
                        std::mt19937_64& random) {
  outcome found;
  const auto end = clock_type::now() + std::chrono::duration<double>(seconds);
  std::uniform_int_distribution<std::size_t> any(0, ids.size() - 1);
  std::uniform_int_distribution<std::size_t> other(1, ids.size() - 1);
  all.run(
      [&](peer& p, std::size_t, clock_type::time_point now) {
        std::string body = R"({"transfers":[)";
        for (std::size_t i = 0; i < o.batch; ++i) {
          const std::size_t from = any(random);
          if (i != 0) body += ',';
          body += transfer(ids[from], ids[(from + other(random)) % ids.size()], 1);
        }
        p.request = post(o, where, "/v1/transfers/batch", body + "]}");
        return now < end;
      },
      [&](std::size_t, const answer& a, clock_type::duration took) {
        const std::size_t refused = a.status == 200 ? refusals(a.body) : o.batch;
        if (refused == 0) return found.times.add(took);
        if (found.errors++ == 0)
          found.first_error = std::to_string(a.status) + ": " + std::string(a.body.substr(0, 500));
      });
  return found;
}

void measure(const options& o) {
  const auto where = http_address::parse(o.target);
  if (!where) fail(where.error().text);
  engine all(*where, o.connections);
  const std::vector<std::string> ids = open_accounts(all, o, *where);
  fill_accounts(all, o, *where, ids);
  std::mt19937_64 random(o.seed);
  const auto move = o.batch == 0 ? move_money : move_in_batches;
  move(all, o, *where, ids, o.warm_up, random);
  const auto begin = clock_type::now();
  const outcome found = move(all, o, *where, ids, o.seconds, random);
  const double took = std::chrono::duration<double>(clock_type::now() - begin).count();
  const std::size_t transfers = found.times.count() * std::max<std::size_t>(1, o.batch);
  if (found.errors > 0) std::fprintf(stderr, "an error: %s\n", found.first_error.c_str());
  std::printf(
      "{\"name\":\"%s\",\"rate\":%.0f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,"
      "\"transfers\":%zu,\"errors\":%zu,\"seconds\":%.2f,\"connections\":%zu,"
      "\"accounts\":%zu}\n",
      o.batch == 0 ? "http_transfers" : "http_batches", static_cast<double>(transfers) / took,
      found.times.percentile_ms(0.50), found.times.percentile_ms(0.99), transfers, found.errors,
      took, o.connections, ids.size());
}

}  // namespace

int main(int argc, char** argv) {
  options o;
  CLI::App app("Measures single transfers over HTTP against a running node", "http_bench");
  app.add_option("--target", o.target, "Address of the node");
  app.add_option("--token", o.token, "Admin token of the node")->required();
  app.add_option("--connections", o.connections, "Connections, each with one request in flight")
      ->check(CLI::Range(1, 10'000));
  app.add_option("--seconds", o.seconds, "Seconds to measure")->check(CLI::PositiveNumber);
  app.add_option("--warm-up", o.warm_up, "Seconds of load before the measurement")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--accounts", o.accounts, "Accounts to open first")
      ->check(CLI::Range(2, 1'000'000));
  app.add_option("--initial-balance", o.initial_balance,
                 "Initial balance per account in minor units");
  app.add_option("--batch", o.batch, "Transfers per request (0: single transfers, no batches)")
      ->check(CLI::Range(0, 8'190));
  app.add_option("--seed", o.seed, "Seed for the choice of accounts");
  CLI11_PARSE(app, argc, argv);
  try {
    measure(o);
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "http_bench: %s\n", e.what());
    return 1;
  }
}
