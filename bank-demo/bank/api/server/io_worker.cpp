#include "bank/api/server/io_worker.hpp"

#include <array>
#include <boost/asio/post.hpp>
#include <exception>

#include "bank/api/server/connection.hpp"

namespace bank::api {

namespace asio = boost::asio;

namespace {

/// Beyond the limit: connections answered 503 at the same time; further ones are just closed.
constexpr std::size_t most_refused = 256;

std::string http_date(std::int64_t unix_seconds) {
  static constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_seconds at{std::chrono::seconds(unix_seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(at - day);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                days[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return text.data();
}

}  // namespace

io_worker::io_worker(server_state& server)
    : server_(server),
      port_(server.what.rt.system(), io_),
      keep_running_(asio::make_work_guard(io_)),
      sweeper_(std::make_shared<sweeper>(server.what.rt.time(), sweep_period,
                                         [this] { asio::post(io_, [this] { sweep(); }); })) {}

io_worker::~io_worker() { join(); }

void io_worker::join() {
  sweeper_->stop();
  if (thread_.joinable()) thread_.join();
}

void io_worker::start() {
  sweeper_->start();
  thread_ = std::thread([this] { run(); });
}

/// An exception ends only the handler that threw it.
void io_worker::run() {
  for (;;) {
    try {
      io_.run();
      return;
    } catch (const std::exception& e) {
      server_.failed(e.what());
    } catch (...) {
      server_.failed("an unknown exception");
    }
  }
}

void io_worker::stop() {
  asio::post(io_, [this] {
    closing_ = true;
    for (const auto& c : all()) c->close();
    if (connections_.empty()) keep_running_.reset();
  });
}

void io_worker::for_each(void (connection::*f)(), std::shared_ptr<const void> done) {
  asio::post(io_, [this, f, done = std::move(done)] {
    for (const auto& c : all()) ((*c).*f)();
  });
}

void io_worker::adopt(asio::ip::tcp::socket socket) {
  const std::size_t open = server_.connections.fetch_add(1, std::memory_order_relaxed);
  if (open >= server_.options.max_connections + most_refused) {
    server_.connections.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  const bool refused = open >= server_.options.max_connections;
  asio::post(io_, [this, refused, s = std::move(socket)]() mutable {
    const auto c = std::make_shared<connection>(*this, std::move(s), refused);
    if (!closing_) c->start();
  });
}

void io_worker::left(connection& c) {
  connections_.erase(&c);
  server_.connections.fetch_sub(1, std::memory_order_relaxed);
  if (closing_ && connections_.empty()) keep_running_.reset();
}

std::vector<std::shared_ptr<connection>> io_worker::all() const {
  std::vector<std::shared_ptr<connection>> list;
  for (connection* c : connections_)
    if (auto held = c->weak_from_this().lock()) list.push_back(std::move(held));
  return list;
}

void io_worker::sweep() {
  if (on_tick_) on_tick_();
  const auto now = server_.what.rt.time().now();
  std::vector<std::shared_ptr<connection>> due;
  for (connection* c : connections_) {
    if (!c->needs_sweep(now)) continue;
    if (auto held = c->weak_from_this().lock()) due.push_back(std::move(held));
  }
  const auto wall = server_.what.rt.time().wall_now();
  for (const auto& c : due) c->sweep(now, wall);
}

std::string_view io_worker::date() {
  const auto second = std::chrono::floor<std::chrono::seconds>(server_.what.rt.time().wall_now())
                          .time_since_epoch()
                          .count();
  if (second != date_second_) {
    date_second_ = second;
    date_ = http_date(second);
  }
  return date_;
}

}  // namespace bank::api
