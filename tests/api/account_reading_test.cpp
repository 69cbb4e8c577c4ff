#include "bank/api/cache/account_reading.hpp"

#include <gtest/gtest.h>

#include "bank/storage/memory/ledger_store.hpp"

namespace bank::api {
namespace {

namespace ledger = lifeline::ledger;

/// A small ledger whose ids and times are known.
class small_ledger {
 public:
  small_ledger() {
    ledger::account_record a;
    a.id = account();
    a.owner = "alice";
    a.unit = usd;
    commit(ledger::open_entry{a, {}});
  }
  static ledger::account_id account() {
    return *ledger::account_id::parse("0193e0a0-0000-7000-8000-00000000000a");
  }
  void pay(std::int64_t amount) {
    ledger::transfer_record t;
    t.id = *ledger::transfer_id::parse("0193e0a0-0000-7000-8000-00000000000" +
                                       std::to_string(number_));
    t.from = ledger::world_account(usd);
    t.to = account();
    t.amount = {amount, usd};
    commit(ledger::transfer_entry{t, {}});
  }
  /// As after a restart.
  void fence() { epoch_ = store_.fence(lifeline::background()).value(); }

  std::string load(const reading_key& k) {
    return load_reading(lifeline::background(), store_, k).value().value();
  }
  std::string page_name() {
    return to_text({account(), true, 0, 50}, unpack(load({account()})).version);
  }

 private:
  void commit(ledger::entry e) {
    const auto at = lifeline::wall_time(std::chrono::hours(490'000));
    ASSERT_EQ(store_.commit({{epoch_, ++number_}, at, {std::move(e)}}).index(), 0U);
  }

  const ledger::currency usd = *ledger::currency::parse("USD");
  storage::memory_ledger_store store_;
  std::uint64_t epoch_ = store_.fence(lifeline::background()).value();
  std::uint64_t number_ = 0;
};

TEST(account_reading, names_a_page_by_the_version_that_it_shows) {
  small_ledger books;
  books.pay(5);
  const reading_key page{small_ledger::account(), true, 0, 50};
  const std::string name = books.page_name();
  EXPECT_TRUE(name.starts_with("0193e0a0-0000-7000-8000-00000000000a page1 0 50 2.")) << name;
  EXPECT_TRUE(is_durable(name));
  EXPECT_EQ(parse_reading_key(name), page);
  EXPECT_EQ(to_text(page, unpack(books.load(page)).version), name);
  books.pay(5);
  EXPECT_NE(books.page_name(), name);
}

/// A backup is restored and goes on differently: its next version has the same number.
TEST(account_reading, names_differ_where_copies_of_a_ledger_do) {
  small_ledger one, other;
  one.pay(5);
  other.pay(5);
  EXPECT_EQ(one.page_name(), other.page_name());
  other.fence();
  one.pay(6);
  other.pay(7);
  EXPECT_NE(one.page_name(), other.page_name());
}

TEST(account_reading, shares_no_page_without_a_mark_and_no_view) {
  EXPECT_FALSE(is_durable(to_text({small_ledger::account(), true, 0, 50}, "7.0")));
  EXPECT_FALSE(is_durable(to_text({small_ledger::account()}, "7.1")));
  EXPECT_FALSE(is_durable(""));
}

/// Nodes of several releases share pages. If this text changes, so must the number after `page` in
/// the names.
TEST(account_reading, has_the_text_of_page1) {
  small_ledger books;
  books.pay(5);
  const std::string packed = books.load({small_ledger::account(), true, 0, 50});
  EXPECT_EQ(unpack(packed).owner, "alice");
  EXPECT_EQ(
      unpack(packed).body,
      R"({"data":[{"id":"0193e0a0-0000-7000-8000-000000000001","from":"world",)"
      R"("to":"0193e0a0-0000-7000-8000-00000000000a","amount":5,"currency":"USD",)"
      R"("kind":"transfer","state":"posted","reason":null,"memo":null,"metadata":{},"sequence":2,)"
      R"("created_at":"2025-11-24T16:00:00.000Z","posted_at":"2025-11-24T16:00:00.000Z",)"
      R"("balance_after":5}],"next_cursor":null})");
}

}  // namespace
}  // namespace bank::api
