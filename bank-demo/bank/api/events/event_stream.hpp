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

/// What a client asks to hear.
struct event_wish {
  event_groups groups = all_groups;
  std::optional<std::uint64_t> after;  ///< behind this event of the ledger; none: from now on
};

/// One client's ear on the bus. It subscribes when it is made, and sends when it is run: what has
/// come, in one write; then nothing for a moment, so that a busy bus costs a few writes a second
/// for each client. While nothing comes it sends heartbeats.
///
/// It ends when its token does. The expiry is compared with the calendar's time before each write
/// and with each sweep. Now and then, and when a token was revoked, the token is looked up again.
/// Both come after the events were read and before they are sent: so none is sent that happened
/// after the token's end.
///
/// A client that does not read makes it wait, and nobody else: its place on the bus falls behind.
class event_stream final : public stream {
 public:
  /// `x` outlives it; `place` among its caller's streams is held meanwhile.
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
  bool ends_ = false;  ///< after what is in `out_`
  bool more_ = false;  ///< there may be more to read at once
  lifeline::time_point last_write_;
  const std::optional<lifeline::wall_time> expires_at_;  ///< of the token
  lifeline::context unrevoked_;                          ///< ends when a token is revoked
  lifeline::time_point next_check_;
  /// The client's own context, which a revocation ends as well: made once, not for each wait.
  std::optional<lifeline::cancel_scope> until_check_;
  std::optional<lifeline::cancel_scope> waiting_;
};

}  // namespace bank::api
