#include "bank/node/order_rounds.hpp"

#include <spdlog/spdlog.h>

#include <memory>
#include <utility>

#include "lifeline/ledger/due_worker.hpp"
#include "lifeline/ledger/order_messages.hpp"

namespace bank::node {
namespace {

using namespace lifeline::ledger;
using lifeline::context;
using lifeline::item_end;
using lifeline::tick;
using listing = std::optional<order_list>;

constexpr std::size_t batch = 200;
/// Until what was left is tried again.
constexpr std::chrono::milliseconds pause = std::chrono::seconds(5);

/// Answer of the door to the ticker.
struct orders_listed {
  std::shared_ptr<const listing> found;
};
template <class Inspector>
auto inspect(Inspector& f, orders_listed& x) {
  return lifeline::fields(f, "orders_listed", x);
}

/// One round: the core, and what carries out its orders.
class order_round : public std::enable_shared_from_this<order_round> {
 public:
  order_round(lifeline::runtime& rt, const ledger& books, ledger_store& store,
              std::chrono::milliseconds period, std::function<void()> made)
      : rt_(rt), books_(books), store_(store), made_(std::move(made)), core_(pause, period) {}

  void begin(const tick& t) { follow(t, core_.begin(now())); }

 private:
  lifeline::wall_time now() const { return rt_.time().wall_now(); }

  void follow(const tick& t, order_worker::orders o) {
    if (o.list_after) list(t, *o.list_after);
    for (standing_order& due : o.execute) advance(t, std::move(due));
    if (o.sleep_until) t.wake_at(*o.sleep_until);
  }

  void list(const tick& t, const due_place& after) {
    auto look = [this, after, at = now(), me = shared_from_this()](const context& ctx) {
      auto found = store_.due_orders(ctx, at, after, batch);
      if (!found) spdlog::warn("standing orders can't be listed: {}", found.error().detail);
      return orders_listed{
          std::make_shared<const listing>(found ? listing(std::move(*found)) : std::nullopt)};
    };
    call_blocking(t.self(), t.ctx(), rt_.blocking(), lifeline::lane::read, std::move(look))
        .then([t, me = shared_from_this()](const orders_listed& m) { me->listed(t, *m.found); },
              [t, me = shared_from_this()](lifeline::errc) { me->listed(t, std::nullopt); });
  }

  void listed(const tick& t, listing found) {
    if (!found) t.fail({make_error_code(std::errc::io_error), "standing orders can't be listed"});
    follow(t, core_.listed(std::move(found), now()));
  }

  void advance(const tick& t, standing_order due) {
    t.item([t, me = shared_from_this(), due = std::move(due)](const context& ctx,
                                                              const item_end& end) {
      ask(t.self(), ctx, me->books_.order_desk(), advance_order{due})
          .then([t, me, end,
                 before = due.made](const order_answer& a) { me->answered(t, a, before, end); },
                [t, me, end, id = due.id](lifeline::errc e) {
                  spdlog::warn("standing order {} is due and did not advance: {}", id.str(),
                               to_string(e));
                  me->over(t, true, {});
                  end.fail(e);
                });
    });
  }

  void answered(const tick& t, const order_answer& a, std::uint64_t before, const item_end& end) {
    if (a.order.made > before) made_();
    if (!a.refused) {
      over(t, false, a.order.next_at);
      return end();
    }
    // Deleted or advanced since it was listed: the next list says what is left to do.
    const bool settled = a.refused->code == errc::invalid_state;
    over(t, !settled, {});
    if (settled) return end();
    spdlog::warn("a standing order is due and did not advance: {}", a.refused->detail);
    end.fail({make_error_code(std::errc::io_error), a.refused->detail});
  }

  void over(const tick& t, bool left, std::optional<lifeline::wall_time> again) {
    follow(t, core_.executed(left, now(), again));
  }

  lifeline::runtime& rt_;
  const ledger& books_;
  ledger_store& store_;
  const std::function<void()> made_;
  order_worker core_;
};

}  // namespace

lifeline::round_function order_rounds(lifeline::runtime& rt, const ledger& books,
                                      ledger_store& store, std::chrono::milliseconds period,
                                      std::function<void()> made) {
  return [&rt, &books, &store, period, made = std::move(made)](const tick& t) {
    std::make_shared<order_round>(rt, books, store, period, made)->begin(t);
  };
}

}  // namespace bank::node
