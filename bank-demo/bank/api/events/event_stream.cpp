#include "bank/api/events/event_stream.hpp"

#include <algorithm>

#include "bank/api/events/node_events.hpp"
#include "lifeline/bus/asio_events.hpp"
#include "lifeline/context/merge.hpp"

namespace bank::api {

namespace asio = boost::asio;

namespace {

/// Approximate size of one read and one write: a stream needs little memory.
constexpr std::size_t items_at_once = 16;
constexpr std::size_t bytes_at_once = 8 * 1024;

lifeline::subscription_options options_of(const event_wish& wish,
                                          const std::shared_ptr<event_filter>& filter,
                                          std::string_view kind, const std::string& who) {
  lifeline::subscription_options o;
  o.kind = kind;
  o.who = who;
  o.wanted = [filter](const lifeline::event& e) { return filter->wants(e); };
  if (wish.after) o.after[ledger_topic] = *wish.after;
  return o;
}

/// A sequence that the client's events come after; read before it subscribes.
std::uint64_t beginning_of(const event_wish& wish, lifeline::event_bus& events) {
  const std::uint64_t last = events.topic(ledger_topic).last_sequence();
  return std::min(wish.after.value_or(last), last);
}

}  // namespace

event_stream::event_stream(request_context& x, const event_wish& wish,
                           std::unique_ptr<event_format> format, std::shared_ptr<const void> place)
    : x_(x),
      filter_(std::make_shared<event_filter>(x.caller, wish.groups)),
      format_(std::move(format)),
      place_among_callers_(std::move(place)),
      from_(beginning_of(wish, *x.server.what.events)),
      place_(x.server.what.events->subscribe(
          x.server.what.rt.background(), options_of(wish, filter_, format_->kind(), x.who().name))),
      last_write_(x.time().now()),
      expires_at_(x.memo.known.expires_at),
      unrevoked_(x.server.auth.until_revocation()),
      next_check_(last_write_) {
  format_->append_beginning(out_, from_);
}

asio::awaitable<void> event_stream::run(stream_line& to) {
  // Wakes the stream.
  to.on_received([this] {
    if (waiting_) waiting_->cancel();
  });
  while (!to.ctx().done()) {
    const bool some = co_await next_bytes(to);
    if (some) {
      const bool written = co_await to.write(std::exchange(out_, {}));
      if (!written || ends_) co_return;
      last_write_ = x_.time().now();
    }
    if (!more_) co_await wait(to);
  }
}

/// Fills `out_` with what is to be sent; false if there is nothing.
asio::awaitable<bool> event_stream::next_bytes(stream_line& to) {
  listen(to);
  if (!ends_) read();
  bool refused = !ends_ && has_expired();
  if (!ends_ && !refused && check_is_due()) {
    const bool known = co_await still_known(x_);
    refused = !known || has_expired();
  }
  if (refused) {
    ends_ = true;
    out_.clear();
    format_->append_refusal(out_, has_expired() ? "token expired" : "token revoked");
  }
  const bool silent = out_.empty() && !ends_;
  if (silent && x_.time().now() - last_write_ >= x_.server.options.event_heartbeat)
    format_->append_heartbeat(out_);
  if (!ends_ && place_.over() && !more_) {
    ends_ = true;
    format_->append_end(out_);
  }
  co_return !out_.empty() || ends_;
}

bool event_stream::may_send(lifeline::wall_time now) const {
  return !expires_at_ || now < *expires_at_;
}

/// After each revocation, which may concern this token, and now and then, for revocations by other
/// programs.
bool event_stream::check_is_due() {
  const lifeline::time_point now = x_.time().now();
  if (!unrevoked_.done() && now < next_check_) return false;
  unrevoked_ = x_.server.auth.until_revocation();
  next_check_ = now + x_.server.options.event_heartbeat;
  return true;
}

void event_stream::listen(stream_line& to) {
  to.consume(format_->receive(to.received(), out_, ends_));
}

void event_stream::read() {
  more_ = true;
  while (more_ && out_.size() < bytes_at_once) {
    const auto items = place_.read(items_at_once);
    more_ = !items.empty();
    for (const lifeline::bus_item& item : items) {
      const auto* one = std::get_if<lifeline::event_ptr>(&item);
      const lifeline::span telling = one != nullptr ? (*one)->delivery() : lifeline::span();
      format_->append(out_, item);
    }
  }
}

/// After a write: a short pause, so that events gather. Then until events arrive, the heartbeat is
/// due, or the client sends something.
asio::awaitable<void> event_stream::wait(stream_line& to) {
  const auto& options = x_.server.options;
  const std::size_t received_before = to.received().size();
  const lifeline::time_point now = x_.time().now();
  const lifeline::time_point gathered = last_write_ + options.event_pace;
  if (now < gathered) {
    const auto pause = lifeline::with_deadline(to.ctx(), gathered);
    co_await lifeline::wait_until_over(pause.ctx());
    if (to.ctx().done() || to.received().size() != received_before) co_return;
  }
  if (!until_check_ || until_check_->ctx().done())
    until_check_.emplace(lifeline::merge(to.ctx(), unrevoked_));
  waiting_.emplace(
      lifeline::with_deadline(until_check_->ctx(), last_write_ + options.event_heartbeat));
  const lifeline::context until = waiting_->ctx();
  co_await lifeline::wait_for_events(until, place_);
  waiting_.reset();
}

}  // namespace bank::api
