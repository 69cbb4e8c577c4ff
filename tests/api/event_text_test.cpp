#include "bank/api/events/event_text.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "bank/api/events/event_filter.hpp"
#include "bank/api/events/node_events.hpp"
#include "ledger/builders.hpp"
#include "lifeline/ledger/ledger_events.hpp"

namespace bank::api {
namespace {

namespace ledger = lifeline::ledger;
using ledger::testing::account;
using ledger::testing::account_of;
using ledger::testing::transfer_of;

template <class T>
lifeline::bus_item item_of(T what) {
  static const auto name = std::make_shared<const std::string>("ledger");
  return std::make_shared<const lifeline::detail::event_of<T>>(name, std::move(what));
}
lifeline::bus_item posted(const std::string& from, const std::string& to) {
  return item_of(ledger::ledger_event{1, ledger::entry_kind::posted,
                                      transfer_of("t", account(from), account(to), 5)});
}
const lifeline::event& event_in(const lifeline::bus_item& i) {
  return *std::get<lifeline::event_ptr>(i);
}

TEST(event_text, has_type_and_data_as_json) {
  const auto e = posted("alice", "bob");
  EXPECT_EQ(type_of(event_in(e)), "transfer.posted");
  const auto data = boost::json::parse(data_of(event_in(e))).as_object();
  EXPECT_EQ(data.at("amount").as_int64(), 5);
  std::string sse;
  append_sse(sse, e);
  EXPECT_EQ(sse, "id: 0\nevent: transfer.posted\ndata: " + data_of(event_in(e)) + "\n\n");
  std::string json;
  append_json(json, e);
  EXPECT_EQ(boost::json::parse(json).at("data").as_object(), data);
}

TEST(event_text, has_no_id_outside_the_ledger) {
  std::string sse;
  append_sse(sse, item_of(system_closing{}));
  append_sse(sse, item_of(job_changed{"admin:root", R"({"id":"1"})"}));
  append_sse(sse, lifeline::gap{"ledger", 3, 9});
  EXPECT_EQ(sse,
            "event: system.closing\ndata: {}\n\n"
            "event: job.changed\ndata: {\"id\":\"1\"}\n\n"
            "event: gap\ndata: {\"missed\":3}\n\n");
  std::string json;
  append_json(json, lifeline::gap{"ledger", 3, 9});
  EXPECT_EQ(json, R"({"type":"gap","data":{"missed":3}})");
}

struct an_event_filter : ::testing::Test {
  static event_filter filter(storage::role r, event_groups groups = all_groups) {
    return {std::make_shared<const identity>(r, "alice"), groups};
  }
};

TEST_F(an_event_filter, passes_everything_to_admins_and_auditors) {
  for (const auto r : {storage::role::admin, storage::role::auditor}) {
    auto f = filter(r);
    EXPECT_TRUE(f.wants(event_in(posted("bob", "carol"))));
    EXPECT_TRUE(f.wants(event_in(item_of(job_changed{"admin:root", "{}"}))));
  }
}

TEST_F(an_event_filter, passes_their_own_events_to_customers) {
  auto f = filter(storage::role::customer);
  f.owns(account("alice"));
  EXPECT_TRUE(f.wants(event_in(posted("bob", "alice"))));
  EXPECT_TRUE(f.wants(event_in(posted("alice", "bob"))));
  EXPECT_FALSE(f.wants(event_in(posted("bob", "carol"))));
  EXPECT_TRUE(f.wants(event_in(item_of(job_changed{"customer:alice", "{}"}))));
  EXPECT_FALSE(f.wants(event_in(item_of(job_changed{"admin:root", "{}"}))));
  EXPECT_TRUE(f.wants(event_in(item_of(system_closing{}))));
  const auto terms = [](const std::string& name) {
    return item_of(ledger::ledger_event{2, ledger::entry_kind::account_changed,
                                        ledger::account_terms{account(name)}});
  };
  EXPECT_TRUE(f.wants(event_in(terms("alice"))));
  EXPECT_FALSE(f.wants(event_in(terms("bob"))));
}

TEST_F(an_event_filter, remembers_opened_accounts_even_if_filtered_out) {
  auto f = filter(storage::role::customer, static_cast<event_groups>(event_group::transfers));
  ledger::account_record second = account_of("second");
  second.owner = "alice";
  EXPECT_FALSE(f.wants(
      event_in(item_of(ledger::ledger_event{1, ledger::entry_kind::account_opened, second}))));
  EXPECT_TRUE(f.wants(event_in(posted("bob", "second"))));
  EXPECT_FALSE(f.wants(event_in(
      item_of(ledger::ledger_event{1, ledger::entry_kind::account_opened, account_of("bob")}))));
  EXPECT_FALSE(f.wants(event_in(posted("bob", "carol"))));
}

}  // namespace
}  // namespace bank::api
