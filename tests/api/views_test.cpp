#include "bank/api/routes/views.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace bank::api {
namespace {

namespace ledger = lifeline::ledger;
using namespace std::chrono_literals;

const auto usd = *ledger::currency::parse("USD");
const auto some_id = *ledger::uuid::parse("0193e0a0-0000-7000-8000-000000000001");
const lifeline::wall_time ten{1'763'632'800'000ms};

ledger::transfer_record transfer() {
  ledger::transfer_record t;
  t.id = ledger::transfer_id(some_id);
  t.from = ledger::world_account(usd);
  t.to = ledger::account_id(some_id);
  t.amount = {2000, usd};
  t.sequence = 918;
  t.created_at = ten;
  return t;
}

TEST(views, writes_an_account_as_the_contract_does) {
  ledger::account_record a;
  a.id = ledger::account_id(some_id);
  a.owner = "alice";
  a.unit = usd;
  a.posted = 12500;
  a.pending_out = 2000;
  a.version = 7;
  a.created_at = ten;
  std::string out;
  append_account(out, a);
  EXPECT_EQ(out,
            R"({"id":"0193e0a0-0000-7000-8000-000000000001","owner":"alice","type":"checking",)"
            R"("currency":"USD","ref":null,"state":"open","overdraft_limit":0,)"
            R"("balance":{"posted":12500,"pending_in":0,"pending_out":2000,"available":10500},)"
            R"("version":7,"created_at":"2025-11-20T10:00:00.000Z"})");
  a.ref = "my \"ref\"";
  out.clear();
  append_account(out, a);
  EXPECT_EQ(boost::json::parse(out).at("ref").as_string(), "my \"ref\"");
}

TEST(views, writes_a_transfer_as_the_contract_does) {
  auto t = transfer();
  std::string out;
  append_transfer(out, t);
  EXPECT_EQ(out, R"({"id":"0193e0a0-0000-7000-8000-000000000001","from":"world",)"
                 R"("to":"0193e0a0-0000-7000-8000-000000000001","amount":2000,"currency":"USD",)"
                 R"("kind":"transfer","state":"posted","reason":null,"memo":null,"metadata":{},)"
                 R"("sequence":918,"created_at":"2025-11-20T10:00:00.000Z","posted_at":null})");
  t.memo = "for\ntea";
  t.metadata = R"({"a":"b"})";
  t.posted_at = ten + 5ms;
  out.clear();
  append_history_row(out, {t, -3});
  const auto o = boost::json::parse(out).as_object();
  EXPECT_EQ(o.at("memo").as_string(), "for\ntea");
  EXPECT_EQ(o.at("metadata").at("a").as_string(), "b");
  EXPECT_EQ(o.at("posted_at").as_string(), "2025-11-20T10:00:00.005Z");
  EXPECT_EQ(o.at("balance_after").as_int64(), -3);
}

TEST(views, writes_the_members_of_holds_schedules_and_reversals) {
  auto t = transfer();
  t.two_phase = true;
  t.held = 2500;
  t.expires_in = std::chrono::seconds(60);
  t.expires_at = ten + 60s;
  t.execute_at = ten;
  t.reverses = ledger::transfer_id(some_id);
  std::string out;
  append_transfer(out, t);
  EXPECT_TRUE(out.ends_with(
      R"("posted_at":null,"held_amount":2500,"expires_in":60,)"
      R"("expires_at":"2025-11-20T10:01:00.000Z","execute_at":"2025-11-20T10:00:00.000Z",)"
      R"("reverses":"0193e0a0-0000-7000-8000-000000000001"})"))
      << out;
}

TEST(views, writes_totals_and_pages) {
  std::string out;
  append_totals(out, {7, {{usd, 0, 12}, {*ledger::currency::parse("JPY"), 0, 0}}});
  const std::string head(64, '0');
  EXPECT_EQ(out, R"({"sequence":7,"head":")" + head +
                     R"(","currencies":[{"currency":"USD","sum":0,"pending":12},)"
                     R"({"currency":"JPY","sum":0,"pending":0}]})");
  out.clear();
  append_page(out, std::vector<ledger::transfer_record>{}, &append_transfer, std::nullopt);
  EXPECT_EQ(out, R"({"data":[],"next_cursor":null})");
  out.clear();
  append_page(out, std::vector{transfer(), transfer()}, &append_transfer, "abc");
  const auto page = boost::json::parse(out).as_object();
  EXPECT_EQ(page.at("data").as_array().size(), 2U);
  EXPECT_EQ(page.at("next_cursor").as_string(), "abc");
}

TEST(views, knows_every_world_account) {
  for (const std::string_view unit : {"USD", "EUR", "JPY", "KWD"}) {
    const auto c = *ledger::currency::parse(unit);
    EXPECT_EQ(world_of(c), ledger::world_account(c));
    EXPECT_TRUE(is_world(ledger::world_account(c)));
  }
  EXPECT_FALSE(is_world(ledger::account_id(some_id)));
}

}  // namespace
}  // namespace bank::api
