#include "driver/events/subscribers.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace bank::driver {

namespace {

using namespace std::chrono_literals;

/// Bytes and interval of a slow subscriber's reads.
constexpr std::size_t slow_read = 2048;
constexpr auto slow_pause = 50ms;
constexpr auto between_attempts = 50ms;

std::optional<lifeline::ledger::uuid> id_in(std::string_view data) {
  constexpr std::string_view before = R"({"id":")";
  if (!data.starts_with(before)) return std::nullopt;
  return lifeline::ledger::uuid::parse(data.substr(before.size(), 36));
}

std::uint64_t missed_in(std::string_view data) {
  constexpr std::string_view before = R"({"missed":)";
  std::uint64_t n = 0;
  if (data.starts_with(before))
    std::from_chars(data.data() + before.size(), data.data() + data.size(), n);
  return n;
}

}  // namespace

subscribers::subscribers(parts p, const subscriber_counts& counts)
    : parts_(std::move(p)), tick_(parts_.node.io().get_executor()), group_(parts_.node.io()) {
  std::size_t number = 0;
  for (std::size_t i = 0; i < counts.fast; ++i)
    all_.emplace_back(parts_.node, pace::fast, number++);
  for (std::size_t i = 0; i < counts.slow; ++i)
    all_.emplace_back(parts_.node, pace::slow, number++);
  for (std::size_t i = 0; i < counts.stalled; ++i)
    all_.emplace_back(parts_.node, pace::stalled, number++);
}

task<bool> subscribers::start() {
  for (listener& l : all_) group_.spawn(listen(l));
  const auto all_subscribed = [this] {
    return std::all_of(all_.begin(), all_.end(), [](const listener& l) { return l.listens; });
  };
  for (int i = 0; i < 100 && !all_subscribed(); ++i) co_await pause(tick_, between_attempts);
  co_return all_subscribed();
}

task<void> subscribers::listen(listener& l) {
  while (!stopped_) {
    std::string fields;
    if (const auto last =
            l.speed == pace::stalled ? std::nullopt : parts_.checker.last_of(l.number))
      fields = "Last-Event-ID: " + std::to_string(*last) + "\r\n";
    std::string request;
    parts_.node.get("/v1/events?topics=transfers,accounts", request, fields);
    l.reader.clear();
    const bool was_sent = co_await l.connection.send_only(request);
    if (was_sent) co_await follow(l);
    l.connection.hang_up();
    if (!stopped_) co_await pause(l.wakes, between_attempts);
  }
}

task<void> subscribers::follow(listener& l) {
  std::array<char, 64 * 1024> buffer{};
  bool is_open = false;
  while (!stopped_) {
    if (is_open) co_await wait_while_idle(l);
    const std::size_t size = l.speed == pace::slow && is_open ? slow_read : buffer.size();
    const std::size_t n = co_await l.connection.read_some(buffer.data(), size);
    if (n == 0) co_return;
    l.reader.took({buffer.data(), n});
    if (!is_open) {
      const auto head = l.reader.head();
      if (head && !*head) co_return;
      is_open = l.listens = head.has_value();
    }
    if (is_open && l.speed != pace::stalled) take_events(l);
  }
}

task<void> subscribers::wait_while_idle(listener& l) {
  if (l.speed == pace::slow) co_await pause(l.wakes, slow_pause);
  while (!stopped_ && (paused_ || l.speed == pace::stalled)) co_await pause(l.wakes, 1h);
}

void subscribers::take_events(listener& l) {
  const auto at = now();
  while (const auto e = l.reader.next()) {
    if (e->type == "gap") parts_.checker.missed(l.number, missed_in(e->data));
    if (!e->sequence) continue;
    const auto id = id_in(e->data);
    const auto took =
        parts_.checker.received(l.number, *e->sequence, id.value_or(lifeline::ledger::uuid()), at);
    if (took) parts_.record_delay(*took);
  }
}

void subscribers::resume() {
  paused_ = false;
  for (listener& l : all_) l.wakes.cancel();
}

task<void> subscribers::catch_up(lifeline::duration limit) {
  resume();
  const auto end = now() + limit;
  while (parts_.checker.outstanding() > 0 && now() < end) co_await pause(tick_, 20ms);
}

task<void> subscribers::stop() {
  stopped_ = true;
  for (listener& l : all_) {
    l.connection.hang_up();
    l.wakes.cancel();
  }
  co_await group_.join();
}

}  // namespace bank::driver
