#include "bank/api/server.hpp"
#include "bank/api/observe/log.hpp"

#include <atomic>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

#include "bank/api/http/answer.hpp"
#include "bank/api/http/problem.hpp"
#include "bank/api/observe/server_meters.hpp"
#include "bank/api/server/connection.hpp"
#include "bank/api/server/io_worker.hpp"
#include "bank/api/server/spare_descriptor.hpp"
#include "lifeline/ledger/values/uuid.hpp"

namespace bank::api {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// Least time between two log lines about failing accepts.
constexpr std::chrono::seconds complain_every{10};

void check(const boost::system::error_code& ec, const http_options& options) {
  if (!ec) return;
  throw std::system_error(ec.value(), std::system_category(),
                          "can't listen on " + options.listen + ":" + std::to_string(options.port));
}

tcp::endpoint endpoint_of(asio::io_context& io, const http_options& options) {
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(options.listen, ec);
  if (!ec) return {address, options.port};
  const auto found = tcp::resolver(io).resolve(options.listen, std::to_string(options.port), ec);
  if (ec || found.empty()) {
    throw std::system_error(std::make_error_code(std::errc::address_not_available),
                            "there is no address " + options.listen);
  }
  return found.begin()->endpoint();
}

}  // namespace

struct server::parts {
  parts(services what, const http_options& options) : state(std::move(what), options) {
    const std::size_t threads = std::max<std::size_t>(1, options.threads);
    for (std::size_t i = 0; i < threads; ++i) workers.push_back(std::make_unique<io_worker>(state));
    acceptor = std::make_unique<tcp::acceptor>(workers.front()->io());
    listen();
    meters = collect_from(state);
  }

  void listen() {
    boost::system::error_code ec;
    const auto endpoint = endpoint_of(workers.front()->io(), state.options);
    acceptor->open(endpoint.protocol(), ec);
    check(ec, state.options);
    acceptor->set_option(tcp::acceptor::reuse_address(true), ec);
    check(ec, state.options);
    acceptor->bind(endpoint, ec);
    check(ec, state.options);
    acceptor->listen(asio::socket_base::max_listen_connections, ec);
    check(ec, state.options);
    port = acceptor->local_endpoint(ec).port();
    check(ec, state.options);
  }

  /// On the first worker's thread. After an error it may wait for the next sweep.
  void accept() {
    waits = false;
    io_worker& next = *workers[turn++ % workers.size()];
    acceptor->async_accept(next.io(), [this, &next](boost::system::error_code ec, tcp::socket s) {
      if (!acceptor->is_open()) return;
      if (!ec) next.adopt(std::move(s));
      waits = ec && ec != asio::error::connection_aborted && !refuse_next(ec);
      if (!waits) accept();
    });
  }

  /// True if another client may be accepted at once. Without a free descriptor, accepting fails
  /// even if no client is there: that does not count as a failure.
  bool refuse_next(const boost::system::error_code& why) {
    const bool no_descriptor = why == boost::system::errc::too_many_files_open ||
                               why == boost::system::errc::too_many_files_open_in_system;
    const bool refused = no_descriptor && spare.refuse_next(acceptor->native_handle(), refusal());
    if (no_descriptor && !refused && spare.is_kept()) return false;
    ++state.accept_failures;
    complain(why);
    return refused;
  }

  std::string refusal() {
    const std::string id = lifeline::ledger::uuid::make_v7(state.what.rt.time().wall_now()).str();
    answer a;
    a.status = status_of(code::overloaded);
    a.content_type = "application/problem+json";
    a.add_field("Retry-After", "1");
    append_problem(
        a.body,
        {code::overloaded, "the node has no free file descriptor; retry in 1 s", {}, {}, {}}, "/",
        id, true);
    std::string text;
    append_answer(text, a,
                  {.request_id = id, .date = workers.front()->date(), .keep_alive = false});
    return text;
  }

  void complain(const boost::system::error_code& why) {
    const auto now = state.what.rt.time().now();
    if (now < silent_until) return;
    silent_until = now + complain_every;
    log::error(
        "cannot accept connections ({}): {} are open; new clients get 503. Allow more "
        "open files (ulimit -n, or LimitNOFILE= in a systemd unit), or lower http.max_connections",
        why.message(), state.connections.load());
  }

  void close_listener() {
    asio::post(workers.front()->io(), [this] {
      boost::system::error_code ignored;
      acceptor->close(ignored);
      waits = false;
    });
  }

  server_state state;
  std::vector<std::unique_ptr<io_worker>> workers;
  std::unique_ptr<tcp::acceptor> acceptor;  // goes before its event loop
  std::uint16_t port = 0;
  std::mutex starting;  // guards `started`, and its order with `state.stopping`
  bool started = false;
  lifeline::metrics::collector meters;
  // Of the first worker's thread.
  std::size_t turn = 0;
  bool waits = false;
  spare_descriptor spare;
  lifeline::time_point silent_until{};
};

server::server(services what, const http_options& options)
    : parts_(std::make_unique<parts>(std::move(what), options)) {}

server::~server() {
  if (parts_->started) {
    parts_->state.stopping = true;
    parts_->close_listener();
    for (const auto& w : parts_->workers) w->stop();
  }
  for (auto& w : parts_->workers) w->join();
  // Abandoned blocking calls still use the stores and the event loops.
  parts_->state.calls.count().wait_for_none();
}

void server::start() {
  parts* p = parts_.get();
  const std::lock_guard lock(p->starting);
  if (p->state.stopping || std::exchange(p->started, true)) return;
  p->workers.front()->on_tick([p] {
    if (p->waits) p->accept();
  });
  for (const auto& w : p->workers) w->start();
  asio::post(p->workers.front()->io(), [p] { p->accept(); });
}

std::uint16_t server::port() const noexcept { return parts_->port; }

void server::stop_accepting() {
  const auto done = std::make_shared<std::promise<void>>();
  stop_accepting(
      std::shared_ptr<const void>(done.get(), [done](const void*) { done->set_value(); }));
  done->get_future().wait();
}

void server::stop_accepting(std::shared_ptr<const void> done) {
  const std::lock_guard lock(parts_->starting);
  if (parts_->state.stopping.exchange(true) || !parts_->started) return;
  for (const auto& w : parts_->workers) w->for_each(&connection::stop_when_quiet, done);
}

bool server::drain(const lifeline::context& ctx) {
  const bool answered = parts_->state.running.wait_for_none(ctx);
  const bool returned = parts_->state.calls.count().wait_for_none(ctx);
  return answered && returned;
}

void server::when_no_requests(std::shared_ptr<const void> held) {
  parts_->state.running.when_none(std::move(held));
}

void server::when_no_connections(std::shared_ptr<const void> held) {
  parts_->state.talking.when_none(std::move(held));
}

void server::when_no_calls(std::shared_ptr<const void> held) {
  parts_->state.calls.count().when_none(std::move(held));
}

std::vector<std::string> server::running_calls() const { return parts_->state.calls.names(); }

void server::cut_short_requests() {
  const std::lock_guard lock(parts_->starting);
  if (!parts_->started) return;
  for (const auto& w : parts_->workers) w->for_each(&connection::cut_short);
}

std::size_t server::running_requests() const noexcept { return parts_->state.running.count(); }

}  // namespace bank::api
