#include "bank/node/due_rounds.hpp"

#include <spdlog/spdlog.h>

#include <memory>
#include <utility>

#include "lifeline/ledger/due_worker.hpp"
#include "lifeline/ledger/messages.hpp"

namespace bank::node {
namespace {

using namespace lifeline::ledger;
using lifeline::context;
using lifeline::item_end;
using lifeline::tick;
using listing = std::optional<due_list>;

constexpr std::size_t batch = 200;
/// Until what was left is tried again.
constexpr std::chrono::milliseconds pause = std::chrono::seconds(5);

/// Answer of the door to the ticker.
struct due_listed {
  std::shared_ptr<const listing> found;
};
template <class Inspector>
auto inspect(Inspector& f, due_listed& x) {
  return lifeline::fields(f, "due_listed", x);
}

lifeline::error error_of(const failure& f) {
  return {make_error_code(std::errc::io_error), f.detail};
}

/// One round: the core, and what carries out its orders.
class due_round : public std::enable_shared_from_this<due_round> {
 public:
  due_round(lifeline::runtime& rt, const ledger& books, ledger_store& store,
            std::chrono::milliseconds period)
      : rt_(rt), books_(books), store_(store), core_(pause, period) {}

  void begin(const tick& t) { follow(t, core_.begin(now())); }

 private:
  lifeline::wall_time now() const { return rt_.time().wall_now(); }

  void follow(const tick& t, due_worker::orders o) {
    if (o.list_after) list(t, *o.list_after);
    for (transfer_record& due : o.execute) execute(t, std::move(due));
    if (o.sleep_until) t.wake_at(*o.sleep_until);
  }

  void list(const tick& t, const due_place& after) {
    auto look = [this, after, at = now(), me = shared_from_this()](const context& ctx) {
      auto found = store_.due(ctx, at, after, batch);
      if (!found) spdlog::warn("due transfers can't be listed: {}", found.error().detail);
      return due_listed{
          std::make_shared<const listing>(found ? listing(std::move(*found)) : std::nullopt)};
    };
    call_blocking(t.self(), t.ctx(), rt_.blocking(), lifeline::lane::read, std::move(look))
        .then([t, me = shared_from_this()](const due_listed& m) { me->listed(t, *m.found); },
              [t, me = shared_from_this()](lifeline::errc) { me->listed(t, std::nullopt); });
  }

  void listed(const tick& t, listing found) {
    if (!found) t.fail({make_error_code(std::errc::io_error), "due transfers can't be listed"});
    follow(t, core_.listed(std::move(found), now()));
  }

  void execute(const tick& t, transfer_record due) {
    t.item([t, me = shared_from_this(), due = std::move(due)](const context& ctx,
                                                              const item_end& end) {
      const caf::actor processor = me->books_.processor_of(due.id);
      ask(t.self(), ctx, processor, execute_due{due})
          .then([t, me, end](const transfer_answer& a) { me->answered(t, a, end); },
                [t, me, end, id = due.id](lifeline::errc e) {
                  spdlog::warn("transfer {} is due and was not executed: {}", id.str(),
                               to_string(e));
                  me->over(t, true);
                  end.fail(e);
                });
    });
  }

  void answered(const tick& t, const transfer_answer& a, const item_end& end) {
    // Somebody else has ended it since it was listed: nothing is left to do.
    const bool settled = !a.refused || a.refused->code == errc::invalid_state;
    over(t, !settled);
    if (settled) return end();
    spdlog::warn("transfer {} is due and stays so: {}", a.transfer.id.str(), a.refused->detail);
    end.fail(error_of(*a.refused));
  }

  void over(const tick& t, bool left) { follow(t, core_.executed(left, now())); }

  lifeline::runtime& rt_;
  const ledger& books_;
  ledger_store& store_;
  due_worker core_;
};

}  // namespace

lifeline::round_function due_rounds(lifeline::runtime& rt, const ledger& books, ledger_store& store,
                                    std::chrono::milliseconds period) {
  return [&rt, &books, &store, period](const tick& t) {
    std::make_shared<due_round>(rt, books, store, period)->begin(t);
  };
}

}  // namespace bank::node
