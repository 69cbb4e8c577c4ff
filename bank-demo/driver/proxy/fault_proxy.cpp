#include "driver/proxy/fault_proxy.hpp"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <optional>
#include <thread>
#include <vector>

#include "driver/proxy/relay.hpp"

namespace bank::driver::proxy {

namespace {

using asio::ip::tcp;
using boost::system::error_code;

}  // namespace

/// Runs on the proxy's thread, except its start and end.
struct fault_proxy::state {
  /// Runs `f` on the proxy's thread and waits for it.
  template <class F>
  auto run(F f) {
    std::packaged_task<decltype(f())()> task(std::move(f));
    auto done = task.get_future();
    asio::post(io, std::move(task));
    return done.get();
  }

  state(target to, options o) : reserve(io), acceptor(io), next_seed(o.seed) {
    shared.to = std::move(to);
    // A bound socket that never listens reserves the port while the acceptor is closed, and lets
    // connections be refused.
    reserve.open(tcp::v4());
    keep_from_children(reserve.native_handle());
    reserve.set_option(tcp::acceptor::reuse_address(true));
    reserve.bind({asio::ip::address_v4::loopback(), o.port});
    here = reserve.local_endpoint();
    listen();
    thread = std::thread([this] { io.run(); });
  }

  ~state() {
    run([this] {
      refuse();
      cut_all();
      work.reset();
    });
    thread.join();
  }

  void listen() {
    if (acceptor.is_open()) return;
    acceptor.open(tcp::v4());
    keep_from_children(acceptor.native_handle());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    acceptor.bind(here);
    acceptor.listen();
    accept();
  }

  void refuse() {
    error_code ignored;
    acceptor.close(ignored);
  }

  void accept() {
    acceptor.async_accept([this](const error_code& error, tcp::socket socket) {
      if (error == asio::error::operation_aborted || !acceptor.is_open()) return;
      if (!error) take(std::move(socket));
      accept();
    });
  }

  void take(tcp::socket socket) {
    error_code ignored;
    keep_from_children(socket.native_handle());
    socket.set_option(tcp::no_delay(true), ignored);
    ++shared.count.accepted;
    std::erase_if(relays, [](const auto& r) { return r.expired(); });
    const auto one = std::make_shared<relay>(io, stream(std::move(socket)), shared, next_seed);
    next_seed += 2;
    relays.push_back(one);
    one->start();
  }

  void cut_all() {
    for (const auto& r : relays)
      if (const auto open = r.lock()) open->cut();
    relays.clear();
  }

  void set(const faults& f) {
    shared.now = f;
    if (f.reach == reachability::refused) {
      refuse();
      cut_all();
      return;
    }
    listen();
    for (const auto& r : relays)
      if (const auto open = r.lock()) open->look_again();
  }

  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  tcp::acceptor reserve;
  tcp::acceptor acceptor;
  tcp::endpoint here;
  shared_state shared;
  std::vector<std::weak_ptr<relay>> relays;
  std::uint64_t next_seed;
  std::thread thread;
};

fault_proxy::fault_proxy(target to, options o)
    : state_(std::make_unique<state>(std::move(to), o)) {}

fault_proxy::~fault_proxy() = default;

std::uint16_t fault_proxy::port() const noexcept { return state_->here.port(); }

void fault_proxy::set(const faults& f) {
  state_->run([&] { state_->set(f); });
}

faults fault_proxy::current() const {
  return state_->run([&] { return state_->shared.now; });
}

void fault_proxy::down() {
  faults f;
  f.reach = reachability::refused;
  set(f);
}

void fault_proxy::black_hole() {
  faults f;
  f.reach = reachability::black_hole;
  set(f);
}

void fault_proxy::delay(latency each_way) {
  faults f;
  f.to_target = f.to_client = each_way;
  set(f);
}

void fault_proxy::trickle(std::uint64_t bytes_per_second) {
  faults f;
  f.bytes_per_second = bytes_per_second;
  set(f);
}

void fault_proxy::cut_after(std::uint64_t bytes) {
  faults f;
  f.cut_after_bytes = bytes;
  set(f);
}

void fault_proxy::cut_now() {
  state_->run([&] { state_->cut_all(); });
}

counters fault_proxy::count() const {
  return state_->run([&] { return state_->shared.count; });
}

}  // namespace bank::driver::proxy
