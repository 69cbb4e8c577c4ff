#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bank/api/events/event_filter.hpp"
#include "bank/api/events/event_format.hpp"
#include "bank/api/server/request_context.hpp"
#include "bank/api/server/stream.hpp"
#include "lifeline/bus/event_bus.hpp"

namespace bank::api {

/// What a client subscribes to.
struct event_wish {
  event_groups groups = all_groups;
  std::optional<std::uint64_t> after;  ///< resume after this sequence; none: from now on
};

/// Sends one client's events. It subscribes when constructed and sends when run: all events
/// available, in one write, then a pause. So a busy bus costs each client a few writes per second.
/// Without events it sends heartbeats.
///
/// It ends with its token. The expiry is compared with wall time before each write and with each
/// sweep. The token is looked up again now and then, and after each revocation. Both checks happen
/// after the events were read and before they are sent. So no event from after the token's end is
/// sent.
///
/// A client that does not read delays only its own stream: its subscription lags.
class event_stream final : public stream {
 public:
  /// `x` outlives it; `place`, one of the caller's streams, is held meanwhile.
  event_stream(request_context& x, const event_wish& wish, std::unique_ptr<event_format> format,
               std::shared_ptr<const void> place);

  event_filter& filter() noexcept { return *filter_; }

  boost::asio::awaitable<void> run(stream_line& to) override;
  bool may_send(lifeline::wall_time now) const override;

 private:
  boost::asio::awaitable<bool> next_bytes(stream_line& to);
  boost::asio::awaitable<void> wait(stream_line& to);
  void listen(stream_line& to);
  void read();
  bool check_is_due();
  bool has_expired() const { return !may_send(x_.time().wall_now()); }

  request_context& x_;
  const std::shared_ptr<event_filter> filter_;
  const std::unique_ptr<event_format> format_;
  const std::shared_ptr<const void> place_among_callers_;
  const std::uint64_t from_;
  lifeline::subscription place_;

  std::string out_;
  bool ends_ = false;  ///< after `out_` is sent
  bool more_ = false;  ///< more events may be available at once
  lifeline::time_point last_write_;
  const std::optional<lifeline::wall_time> expires_at_;  ///< of the token
  lifeline::context unrevoked_;                          ///< ends when a token is revoked
  lifeline::time_point next_check_;
  /// The client's context, which a revocation ends too: made once, not for each wait.
  std::optional<lifeline::cancel_scope> until_check_;
  std::optional<lifeline::cancel_scope> waiting_;
};

}  // namespace bank::api
