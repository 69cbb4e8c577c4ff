#include "bank/api/server/io_worker.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <exception>
#include <unordered_map>

#include "bank/api/server/connection.hpp"

namespace bank::api {

namespace asio = boost::asio;

namespace {

/// Connections beyond the limit, for probes, admins and refusals; further ones are just closed.
constexpr std::size_t reserve = 256;
/// Room is made for several at a time, because it takes a search: one in so many gives way.
constexpr std::size_t gives_way_of = 64;
/// Pause after a search that found none.
constexpr std::chrono::milliseconds full_for{100};

std::size_t share_of_thread(const http_options& o) {
  if (o.anonymous_per_second == 0) return 0;
  const auto periods = static_cast<std::size_t>(std::chrono::seconds(1) / sweep_period);
  return std::max<std::size_t>(
      1, o.anonymous_per_second / periods / std::max<std::size_t>(1, o.threads));
}

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
                                         [this] { asio::post(io_, [this] { sweep(); }); })),
      anonymous_(share_of_thread(server.options)) {}

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
  if (open >= server_.options.max_connections + reserve) {
    server_.connections.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  asio::post(io_, [this, s = std::move(socket)]() mutable {
    const auto c = std::make_shared<connection>(*this, std::move(s));
    if (!closing_) c->start(admit(*c));
  });
}

/// False: the connection is one of the reserve.
bool io_worker::admit(connection& c) {
  const http_options& o = server_.options;
  const auto now = server_.what.rt.time().now();
  if (c.of_its_address() > o.max_connections_per_client) {
    auto& [client, until] = client_full_until_;
    if (client == c.address() && now < until) return false;
    if (make_room(c.address())) return true;
    client_full_until_ = {c.address(), now + full_for};
    return false;
  }
  if (server_.connections.load(std::memory_order_relaxed) <= o.max_connections) return true;
  if (now < full_until_) return false;
  const bool has_room = make_room(largest_client());
  if (!has_room) full_until_ = now + full_for;
  return has_room;
}

/// The address with most connections here.
std::string io_worker::largest_client() const {
  std::unordered_map<std::string_view, std::size_t> open;
  std::pair<std::string_view, std::size_t> largest{};
  for (const connection* c : connections_) {
    const std::size_t n = ++open[c->address()];
    if (n > largest.second) largest = {c->address(), n};
  }
  return std::string(largest.first);
}

/// Closes those connections of an address that have done nothing for longest; false: there are
/// none.
bool io_worker::make_room(const std::string& address) {
  const auto now = server_.what.rt.time().now();
  std::vector<std::pair<lifeline::time_point, connection*>> quiet;
  std::size_t its = 0;
  for (connection* c : connections_) {
    if (c->address() != address) continue;
    ++its;
    if (const auto since = c->quiet_since(now)) quiet.emplace_back(*since, c);
  }
  const auto last =
      quiet.begin() + static_cast<std::ptrdiff_t>(std::min(quiet.size(), 1 + its / gives_way_of));
  std::partial_sort(quiet.begin(), last, quiet.end());
  std::vector<std::shared_ptr<connection>> closing;
  for (auto i = quiet.begin(); i != last; ++i)
    if (auto held = i->second->weak_from_this().lock()) closing.push_back(std::move(held));
  for (const auto& c : closing) c->close();
  return !closing.empty();
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

void io_worker::give_turns() {
  anonymous_.refill();
  for (std::size_t n = line_.size(); n > 0; --n) {
    auto waiting = std::move(line_.front());
    line_.pop_front();
    const auto c = waiting.lock();
    if (!c) continue;
    if (anonymous_.has_turn(c->address())) {
      c->take_turn();
    } else {
      line_.push_back(std::move(waiting));
    }
  }
}

void io_worker::sweep() {
  if (on_tick_) on_tick_();
  give_turns();
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
