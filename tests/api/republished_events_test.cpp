#include <functional>
#include <map>
#include <random>
#include <thread>

#include "bank/api/events/event_text.hpp"
#include "bank/api/routes/standing_orders.hpp"
#include "bank/api/routes/views.hpp"
#include "lifeline/bus/event_bus.hpp"
#include "lifeline/ledger/ledger.hpp"
#include "lifeline/ledger/ledger_events.hpp"
#include "lifeline/ledger/messages/order_requests.hpp"
#include "lifeline/ledger/messages/steps.hpp"
#include "lifeline/time/manual_clock.hpp"
#include "random_seed.hpp"
#include "storage/ledger_store_fixture.hpp"

// Repeated events and answers are identical to the first ones, byte for byte: events after a crash
// of the journal and after a start of the node, and answers to repeated requests, whatever state
// the accounts, transfers and orders are in meanwhile.

namespace bank::api {
namespace {

using namespace lifeline::ledger;
using namespace std::chrono_literals;
using lifeline::event_bus;
using storage::tests::every_store;
using storage::tests::store_names;
using storage::tests::usd;

constexpr std::size_t everything = 100'000;
constexpr std::chrono::hours one_day{24};

std::string text_of(const failure& f) { return std::string(to_string(f.code)) + ": " + f.detail; }

std::string text_of(const account_answer& a) {
  std::string text;
  a.refused ? void(text = text_of(*a.refused)) : append_account(text, a.account);
  return text;
}

std::string text_of(const transfer_answer& a) {
  std::string text;
  a.refused ? void(text = text_of(*a.refused)) : append_transfer(text, a.transfer);
  return text;
}

std::string text_of(const order_answer& a) {
  std::string text;
  a.refused ? void(text = text_of(*a.refused)) : append_order(text, a.order);
  return text;
}

std::string text_of(const batch_answer& a) {
  if (a.refused) return text_of(*a.refused);
  std::string text;
  for (const batch_item& i : a.items) {
    text += i.replayed ? "replayed " : "";
    i.refused ? void(text += text_of(*i.refused)) : append_transfer(text, i.transfer);
    text += '\n';
  }
  return text;
}

/// A ledger over a store of any kind, with one subscriber and a clock moved by hand.
template <class Backend>
class publishing_bank : public ::testing::Test {
 protected:
  publishing_bank() { start(); }
  ~publishing_bank() override { books_.reset(); }

  journal_store& store() { return *backend_.store; }
  lifeline::context life() { return rt_.background(); }

  // -- starting, crashing, listening
  // ---------------------------------------------------------------

  void start() {
    bus_ = std::make_unique<event_bus>(rt_.system());
    ledger_options o;
    o.processors = 3;
    o.directory_shards = 4;
    o.events = bus_->topic("ledger", {.window = everything});
    o.events_again = everything;
    auto made = ledger::start(rt_, store(), o, [](const std::string& why) { FAIL() << why; });
    if (!made) throw std::runtime_error(made.error().detail);
    books_ = std::move(*made);
  }
  const id_deriver& ids() const { return books_->ids(); }
  void restart() {
    books_.reset();
    start();
  }
  void crash_the_journal() {
    lifeline::exit_first(
        caf::actor_cast<caf::strong_actor_ptr>(books_->journal().current()),
        caf::make_error(caf::sec::runtime_error, std::string("crashed on purpose")));
    while (books_->healthy()) std::this_thread::yield();
    while (!books_->healthy()) {
      clock_.advance(10ms);
      std::this_thread::yield();
    }
    clock_.advance(60s);  // or it would fail too often
  }
  /// All events of the bus, as both kinds of streams write them.
  std::vector<std::string> published() {
    std::vector<std::string> all;
    auto place = bus_->subscribe(life(), {.from_the_oldest = true});
    for (auto items = place.read(1'000); !items.empty(); items = place.read(1'000))
      for (const lifeline::bus_item& item : items) {
        append_sse(all.emplace_back(), item);
        append_json(all.back(), item);
      }
    return all;
  }

  // -- asking
  // --------------------------------------------------------------------------------------

  template <class Answer, class Message>
  Answer ask(const caf::actor& to, Message m) {
    caf::scoped_actor self(rt_.system());
    Answer answer;
    self->request(to, caf::infinite, life(), std::move(m))
        .receive([&](Answer& a) { answer = std::move(a); },
                 [&](const caf::error& e) { ADD_FAILURE() << to_string(e); });
    return answer;
  }
  account_answer send(const open_account& m) {
    return ask<account_answer>(books_->shard_of(m.account.id), m);
  }
  account_answer send(const change_account& m) {
    return ask<account_answer>(books_->shard_of(m.account), m);
  }
  transfer_answer send(const submit_transfer& m) {
    return ask<transfer_answer>(books_->processor_of(m.transfer.id), m);
  }
  transfer_answer send(const post_transfer& m) {
    return ask<transfer_answer>(books_->processor_of(m.transfer), m);
  }
  transfer_answer send(const void_transfer& m) {
    return ask<transfer_answer>(books_->processor_of(m.transfer), m);
  }
  transfer_answer send(const execute_due& m) {
    return ask<transfer_answer>(books_->processor_of(m.transfer.id), m);
  }
  batch_answer send(const submit_batch& m) {
    return ask<batch_answer>(books_->processor_of(m.id), m);
  }
  order_answer send(const open_order& m) { return ask<order_answer>(books_->order_processor(), m); }
  order_answer send(const end_order& m) { return ask<order_answer>(books_->order_processor(), m); }
  order_answer send(const advance_order& m) {
    return ask<order_answer>(books_->order_processor(), m);
  }

  /// Sends it, and keeps the answer if it succeeded: a repeat must get the same.
  template <class Message>
  auto send_first(const Message& m) {
    const auto answer = send(m);
    if (!answer.refused)
      answered_.push_back({text_of(answer), [this, m] { return text_of(send(m)); }});
    return answer;
  }
  void expect_same_answers() {
    for (const auto& [first, again] : answered_) EXPECT_EQ(again(), first);
  }

  idempotency_key a_key() { return {"alice", "k" + std::to_string(++keys_), "digest"}; }

  void execute_all_due() {
    const auto due = store().due(life(), clock_.wall_now(), {}, 1'000).value();
    for (const transfer_record& t : due.transfers) send(execute_due{t});
  }
  void advance_all_due() {
    const auto due = store().due_orders(life(), clock_.wall_now(), {}, 1'000).value();
    for (const standing_order& o : due.orders) send(advance_order{o});
  }

  Backend backend_;
  lifeline::manual_clock clock_;
  lifeline::runtime rt_{{.workers = 2}, clock_};
  std::unique_ptr<event_bus> bus_;
  std::unique_ptr<ledger> books_;

 private:
  struct answered {
    std::string first;
    std::function<std::string()> again;
  };
  std::vector<answered> answered_;
  int keys_ = 0;
};
transfer_id named(const std::string& name) { return transfer_id(uuid::derive({"t", name})); }
account_id account_named(int n) { return account_id(uuid::derive({"a", std::to_string(n)})); }

/// Runs random operations of all kinds on a few accounts.
template <class Backend>
class republished_events : public publishing_bank<Backend> {
 protected:
  int some(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

  void do_something() {
    switch (some(14)) {
      case 0: return open();
      case 1:
      case 2: return change();
      case 3: return end();
      case 4: return end();
      case 5: return reverse();
      case 6: return batch();
      case 7: return stand();
      case 8:
        this->clock_.advance(some(3) == 0 ? std::chrono::seconds(one_day) : 2s);
        this->advance_all_due();
        return this->execute_all_due();
      default: return move();
    }
  }

  void open() {
    open_account m;
    m.account.id = account_named(accounts_);
    m.account.owner = "owner " + std::to_string(some(3));
    m.account.unit = usd;
    m.account.overdraft_limit = some(2) * 300;
    if (some(2) == 0) m.account.ref = "ref " + std::to_string(accounts_);
    m.key = this->a_key();
    if (!this->send_first(m).refused) ++accounts_;
  }

  void change() {
    change_account m{account_named(some(accounts_)), {}};
    switch (some(6)) {
      case 0: m.change.overdraft_limit = some(4) * 100; break;
      case 1: m.change.status = account_status::closed; break;
      case 2:
      case 3: m.change.status = account_status::frozen; break;
      default: m.change.status = account_status::open; break;
    }
    this->send(m);
  }

  /// Every course of a transfer, once, whatever the seed.
  void one_of_each() {
    const auto made = [this](std::int64_t minor, bool two_phase, bool later) {
      submit_transfer m;
      m.transfer = a_transfer();
      m.transfer.from = world_account(usd);
      if (minor > 1'000) m.transfer.from = account_named(m.transfer.to == account_named(0) ? 1 : 0);
      m.transfer.amount.minor = minor;
      m.transfer.two_phase = two_phase;
      m.transfer.expires_in = two_phase ? std::optional(2s) : std::nullopt;
      m.transfer.execute_at = later ? std::optional(this->clock_.wall_now() + 1s) : std::nullopt;
      m.may_be_repeated = true;
      EXPECT_FALSE(this->send_first(m).refused);
      return m.transfer.id;
    };
    EXPECT_FALSE(this->send_first(post_transfer{made(90, true, false), 30, {}, {}}).refused);
    EXPECT_FALSE(this->send_first(void_transfer{made(90, true, false), {}, {}}).refused);
    EXPECT_FALSE(this->send_first(void_transfer{made(90, false, true), {}, {}}).refused);
    made(90, true, false);     // will expire
    made(90, true, true);      // will be held, and expire
    made(90, false, true);     // will be posted
    made(9'000, true, true);   // will be rejected, and never held
    made(9'000, false, true);  // will be rejected
    for (int i = 0; i < 2; ++i) {
      this->clock_.advance(2s);
      this->execute_all_due();
    }
    this->send(change_account{account_named(0), {{}, 50}});
    this->send(change_account{account_named(0), {account_status::frozen, {}}});
    this->send(change_account{account_named(0), {account_status::open, {}}});
  }

  transfer_record a_transfer() {
    transfer_record t;
    t.id = named(std::to_string(transfers_++));
    const int from = some(accounts_);
    t.from = some(3) == 0 ? world_account(usd) : account_named(from);
    t.to = account_named((from + 1 + some(accounts_ - 1)) % accounts_);
    t.amount = {1 + some(150), usd};
    if (some(3) == 0) t.memo = "memo \"" + std::to_string(some(9)) + "\" é";
    if (some(3) == 0) t.metadata = R"({"a":"b"})";
    if (some(2) == 0) t.kind = "rent";
    t.two_phase = some(2) == 0;
    if (t.two_phase && some(2) == 0) t.expires_in = std::chrono::seconds(1 + some(3));
    if (some(3) == 0) t.execute_at = this->clock_.wall_now() + std::chrono::seconds(some(3));
    return t;
  }

  void move() {
    submit_transfer m;
    m.transfer = a_transfer();
    m.may_be_repeated = true;
    if (some(2) == 0) m.key = this->a_key();
    if (!this->send_first(m).refused) ids_.push_back(m.transfer.id);
  }

  void end() {
    if (ids_.empty()) return;
    const transfer_id id = any();
    const auto key = some(2) == 0 ? std::optional(this->a_key()) : std::nullopt;
    if (some(3) == 0) {
      this->send_first(void_transfer{id, key, {}});
    } else {
      this->send_first(
          post_transfer{id, some(2) == 0 ? std::optional<std::int64_t>(1) : std::nullopt, key, {}});
    }
  }

  void reverse() {
    if (ids_.empty()) return;
    const auto t = this->store().find_transfer(this->life(), any()).value();
    auto reversal = reversal_of(*t, reversal_id(this->ids(), t->id));
    if (!reversal) return;
    this->send_first(submit_transfer{*reversal, this->a_key(), {}, true});
  }

  /// Of new transfers, and some whose ids were used before: for the same, or for something else.
  void batch() {
    submit_batch m;
    m.id = uuid::derive({"g", std::to_string(batches_++)});
    m.key = this->a_key();
    m.atomic = some(3) == 0;
    for (int i = 0; i < 2 + some(3); ++i) m.items.push_back({a_transfer(), true, false, {}});
    if (!m.atomic && !ids_.empty()) {
      auto again = this->store().find_transfer(this->life(), any()).value();
      *again = as_first_answered(*again);
      if (some(3) == 0) again->kind = "other";
      m.items.push_back({*again, true, false, {}});
    }
    const auto done = this->send_first(m);
    for (const batch_item& i : done.items) {
      if (!i.refused && !i.replayed) ids_.push_back(i.transfer.id);
      if (i.refused && some(2) == 0) retry(i.transfer);
    }
  }
  /// Alone it may succeed; the batch's answer stays.
  void retry(transfer_record t) {
    t.amount.minor = 1;
    this->send(submit_transfer{std::move(t), {}, {}, true});
  }

  void stand() {
    open_order m;
    m.order.id = standing_order_id(uuid::derive({"o", std::to_string(orders_)}));
    if (orders_ > 2 && some(2) == 0) {
      this->send(
          end_order{standing_order_id(uuid::derive({"o", std::to_string(some(orders_))})), {}});
      return;
    }
    const transfer_record t = a_transfer();
    m.order.seed = uuid::derive({"seed", std::to_string(orders_++)});
    m.order.from = t.from;
    m.order.to = t.to;
    m.order.amount = t.amount;
    m.order.memo = t.memo;
    m.order.schedule = {interval::day, this->clock_.wall_now(), {}};
    m.order.created_at = this->clock_.wall_now();
    m.key = this->a_key();
    this->send_first(m);
  }

  transfer_id any() { return ids_[static_cast<std::size_t>(some(static_cast<int>(ids_.size())))]; }

  std::mt19937_64 random_{lifeline::testing::random_seed()};
  int accounts_ = 0;
  int transfers_ = 0;
  int batches_ = 0;
  int orders_ = 0;
  std::vector<transfer_id> ids_;
};

TYPED_TEST_SUITE(republished_events, every_store, store_names);

TYPED_TEST(republished_events, equal_the_first_ones_whatever_was_done_since) {
  for (int i = 0; i < 4; ++i) this->open();
  this->one_of_each();
  std::vector<std::string> published;
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 120; ++i) this->do_something();
    if (round == 1) this->crash_the_journal();
    this->expect_same_answers();
    published = this->published();
    this->restart();
    EXPECT_EQ(this->published(), published);
    this->expect_same_answers();
    if (this->HasFailure()) return;
  }
  EXPECT_EQ(published.size(), this->store().last_sequence(this->life()).value());
  for (const char* type :
       {"account.opened", "account.changed", "transfer.scheduled", "transfer.pending",
        "transfer.posted", "transfer.voided", "transfer.expired", "transfer.rejected"})
    EXPECT_TRUE(std::ranges::any_of(published, [&](const std::string& text) {
      return text.find(type) != std::string::npos;
    })) << type;
}

}  // namespace
}  // namespace bank::api
