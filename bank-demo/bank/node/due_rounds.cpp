#include "bank/node/due_rounds.hpp"
#include "bank/api/observe/log.hpp"

#include <memory>
#include <utility>

#include "lifeline/ledger/core/due_worker.hpp"
#include "lifeline/ledger/messages/order_requests.hpp"
#include "lifeline/ledger/messages/requests.hpp"

namespace bank::node {
namespace {

using namespace lifeline::ledger;
using lifeline::context;
using lifeline::item_end;
using lifeline::tick;
using lifeline::wall_time;

constexpr std::size_t batch = 200;
/// Pause before failed items are tried again.
constexpr std::chrono::milliseconds pause = std::chrono::seconds(5);

/// Answers of blocking calls to the ticker.
struct transfers_listed {
  std::shared_ptr<const std::optional<due_list>> found;
};
template <class Inspector>
auto inspect(Inspector& f, transfers_listed& x) {
  return lifeline::fields(f, "transfers_listed", x);
}
struct orders_listed {
  std::shared_ptr<const std::optional<order_list>> found;
};
template <class Inspector>
auto inspect(Inspector& f, orders_listed& x) {
  return lifeline::fields(f, "orders_listed", x);
}

/// A kind of due work: how it is listed, which actor is asked what, and what its answer means.
struct open_transfers {
  using list = due_list;
  using listed = transfers_listed;
  using answer = transfer_answer;
  static constexpr const char* all = "due transfers";
  static constexpr const char* one = "transfer";
  static constexpr const char* failed = "was not executed";

  static result<list> find(ledger_reader& store, const context& ctx, wall_time now,
                           const due_place& after) {
    return store.due(ctx, now, after, batch);
  }
  static caf::actor target(const ledger& books, const transfer_record& t) {
    return books.processor_of(t.id);
  }
  static execute_due request(const transfer_record& t) { return {t}; }
  /// When it is due again: never, for a transfer.
  static std::optional<wall_time> due_again(std::uint64_t, const answer&) { return std::nullopt; }
  static std::uint64_t made(const transfer_record&) { return 0; }
};

struct standing_orders {
  using list = order_list;
  using listed = orders_listed;
  using answer = order_answer;
  static constexpr const char* all = "standing orders";
  static constexpr const char* one = "standing order";
  static constexpr const char* failed = "was not advanced";

  std::function<void()> on_made;

  static result<list> find(ledger_reader& store, const context& ctx, wall_time now,
                           const due_place& after) {
    return store.due_orders(ctx, now, after, batch);
  }
  static caf::actor target(const ledger& books, const standing_order&) {
    return books.order_processor();
  }
  static advance_order request(const standing_order& o) { return {o}; }
  std::optional<wall_time> due_again(std::uint64_t made_before, const answer& a) const {
    if (a.order.made > made_before) on_made();
    return a.refused ? std::nullopt : a.order.next_at;
  }
  static std::uint64_t made(const standing_order& o) { return o.made; }
};

/// One round: the core, and the code that carries out its actions.
template <class Kind>
class due_round : public std::enable_shared_from_this<due_round<Kind>> {
 public:
  due_round(lifeline::runtime& rt, const ledger& books, ledger_reader& store,
            std::chrono::milliseconds period, Kind kind)
      : rt_(rt), books_(books), store_(store), kind_(std::move(kind)), core_(pause, period) {}

  void begin(const tick& t) { follow(t, core_.begin(now())); }

 private:
  using list = typename Kind::list;
  using listed = typename Kind::listed;
  using answer = typename Kind::answer;
  using worker = basic_due_worker<list>;
  using thing = typename worker::rows::value_type;

  wall_time now() const { return rt_.time().wall_now(); }

  void follow(const tick& t, typename worker::orders o) {
    if (o.list_after) look(t, *o.list_after);
    for (const thing& due : o.execute) execute(t, due);
    if (o.sleep_until) t.wake_at(*o.sleep_until);
  }

  void look(const tick& t, const due_place& after) {
    auto find = [after, at = now(), me = this->shared_from_this()](const context& ctx) {
      auto found = Kind::find(me->store_, ctx, at, after);
      if (!found) log::warn("{} can't be listed: {}", Kind::all, found.error().detail);
      return listed{std::make_shared<const std::optional<list>>(
          found ? std::optional(std::move(*found)) : std::nullopt)};
    };
    call_blocking(t.self(), t.ctx(), rt_.blocking(), lifeline::lane::read, std::move(find))
        .then([t, me = this->shared_from_this()](const listed& m) { me->go_on(t, *m.found); },
              [t, me = this->shared_from_this()](lifeline::errc) { me->go_on(t, std::nullopt); });
  }

  void go_on(const tick& t, std::optional<list> found) {
    if (!found) t.fail(io_error(std::string(Kind::all) + " can't be listed"));
    follow(t, core_.listed(std::move(found), now()));
  }

  void execute(const tick& t, const thing& due) {
    t.item([t, me = this->shared_from_this(), due](const context& ctx, const item_end& end) {
      ask(t.self(), ctx, Kind::target(me->books_, due), Kind::request(due))
          .then([t, me, end, id = due.id,
                 made = Kind::made(due)](const answer& a) { me->answered(t, a, id, made, end); },
                [t, me, end, id = due.id](lifeline::errc e) {
                  log::warn("due {} {} {}: {}", Kind::one, id.str(), Kind::failed, to_string(e));
                  me->over(t, true, {});
                  end.fail(e);
                });
    });
  }

  void answered(const tick& t, const answer& a, const uuid& id, std::uint64_t made,
                const item_end& end) {
    const auto again = kind_.due_again(made, a);
    // `invalid_state`: it was ended or advanced after it was listed; nothing is left to do.
    const bool settled = !a.refused || a.refused->code == errc::invalid_state;
    over(t, !settled, again);
    if (settled) return end();
    log::warn("due {} {} {}: {}", Kind::one, id.str(), Kind::failed, a.refused->detail);
    end.fail(io_error(a.refused->detail));
  }

  void over(const tick& t, bool left, std::optional<wall_time> again) {
    follow(t, core_.executed(left, now(), again));
  }

  static lifeline::error io_error(const std::string& what) {
    return {make_error_code(std::errc::io_error), what};
  }

  lifeline::runtime& rt_;
  const ledger& books_;
  ledger_reader& store_;
  const Kind kind_;
  worker core_;
};

template <class Kind>
lifeline::round_function rounds_of(lifeline::runtime& rt, const ledger& books, ledger_reader& store,
                                   std::chrono::milliseconds period, Kind kind) {
  return [&rt, &books, &store, period, kind = std::move(kind)](const tick& t) {
    std::make_shared<due_round<Kind>>(rt, books, store, period, kind)->begin(t);
  };
}

}  // namespace

lifeline::round_function due_rounds(lifeline::runtime& rt, const ledger& books,
                                    ledger_reader& store, std::chrono::milliseconds period) {
  return rounds_of(rt, books, store, period, open_transfers{});
}

lifeline::round_function order_rounds(lifeline::runtime& rt, const ledger& books,
                                      ledger_reader& store, std::chrono::milliseconds period,
                                      std::function<void()> made) {
  return rounds_of(rt, books, store, period, standing_orders{std::move(made)});
}

}  // namespace bank::node
