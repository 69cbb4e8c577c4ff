#pragma once

#include <algorithm>

#include "ledger/holds_fixture.hpp"
#include "lifeline/ledger/messages/order_requests.hpp"

namespace lifeline::ledger::testing {

inline constexpr std::chrono::hours one_day{24};

/// A ledger in which alice has 100 and bob nothing, with standing orders between them.
class orders_fixture : public holds_fixture {
 protected:
  /// 5 a day from alice to bob, the first one now.
  standing_order daily(const std::string& name) {
    standing_order o;
    o.id = order(name);
    o.seed = uuid::derive({"seed", name});
    o.from = account("alice");
    o.to = account("bob");
    o.amount = {5, usd};
    o.schedule = {interval::day, clock_.wall_now(), {}};
    return o;
  }
  static standing_order_id order(const std::string& name) {
    return standing_order_id(uuid::derive({"order", name}));
  }

  template <class Message>
  std::future<order_answer> send_to_desk(Message m) {
    return ask_later<order_answer>(books_->order_processor(), rt_.background(), std::move(m));
  }
  std::future<order_answer> stand_later(standing_order o, std::optional<idempotency_key> key = {}) {
    return send_to_desk(open_order{std::move(o), std::move(key), {}});
  }
  order_answer stand(standing_order o, std::optional<idempotency_key> key = {}) {
    return stand_later(std::move(o), std::move(key)).get();
  }
  std::future<order_answer> erase_later(const std::string& name) {
    return send_to_desk(end_order{order(name), {}});
  }
  order_answer erase(const std::string& name) { return erase_later(name).get(); }
  std::future<order_answer> advance_later(const standing_order& listed) {
    return send_to_desk(advance_order{listed});
  }
  order_answer advance(const standing_order& listed) { return advance_later(listed).get(); }

  /// Advances each order the store lists as due, once; returns the answers.
  std::vector<order_answer> advance_all_due() {
    std::vector<order_answer> answers;
    const auto due = store_.due_orders(rt_.background(), clock_.wall_now(), {}, 1'000).value();
    for (const standing_order& o : due.orders) answers.push_back(advance(o));
    return answers;
  }
  standing_order kept(const std::string& name) {
    return store_.find_order(rt_.background(), order(name))->value_or(standing_order{});
  }
  /// Its occurrences as stored, in order.
  std::vector<transfer_record> occurrences(const standing_order& o) {
    std::vector<transfer_record> all;
    for (std::uint64_t place = 0;; ++place) {
      const auto due = o.schedule.at(place);
      const auto t = due ? store_.find_transfer(rt_.background(), occurrence_id(o, *due)).value()
                         : std::nullopt;
      if (!t) return all;
      all.push_back(*t);
    }
  }
  std::vector<transfer_record> occurrences(const std::string& name) {
    return occurrences(kept(name));
  }
  /// Transfers of all orders, due or not.
  std::uint64_t transfers_of_orders() {
    transfer_filter f;
    f.limit = 1'000'000;
    const auto all = store_.list_transfers(rt_.background(), f)->rows;
    return static_cast<std::uint64_t>(
        std::count_if(all.begin(), all.end(),
                      [](const transfer_record& t) { return t.kind == "standing_order"; }));
  }
};

}  // namespace lifeline::ledger::testing
