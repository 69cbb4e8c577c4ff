#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "bank/storage/sqlite/ledger_store.hpp"
#include "end_to_end/programs.hpp"

namespace bank::end_to_end {
namespace {

namespace fs = std::filesystem;
namespace ledger = lifeline::ledger;

/// A ledger with an account of 100 dollars.
void write_books(const fs::path& data_dir) {
  fs::create_directories(data_dir);
  const auto store = storage::open_sqlite_ledger(data_dir / "ledger.db");
  const auto epoch = store->fence(lifeline::background()).value();
  ledger::account_record a;
  a.id = ledger::account_id(ledger::uuid::derive({"account"}));
  a.owner = "alice";
  a.unit = *ledger::currency::parse("USD");
  ledger::transfer_record t;
  t.id = ledger::transfer_id(ledger::uuid::derive({"transfer"}));
  t.from = ledger::world_account(a.unit);
  t.to = a.id;
  t.amount = {100, a.unit};
  const auto stored =
      store->commit({{epoch, 1}, {}, {ledger::open_entry{a, {}}, ledger::transfer_entry{t, {}}}});
  ASSERT_EQ(stored.index(), 0U);
}

struct maintenance : testing::Test {
  maintenance() { write_books(data); }

  ending node(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--data-dir", data.string()});
    return run_program({BANK_NODE, std::move(arguments), scratch / "errors", {}});
  }
  std::string errors() { return read_text(scratch / "errors"); }

  scratch_folder scratch;
  const fs::path data = scratch / "data";
  const fs::path copy = scratch / "copy";
};

TEST_F(maintenance, verifies_and_copies_the_books_of_a_running_node) {
  const running_node running(data, scratch / "log");
  const ending verified = node({"verify"});
  EXPECT_EQ(verified.status, 0) << errors();
  EXPECT_TRUE(verified.output.starts_with(
      "whole: 2 accounts, 1 transfers, up to sequence 2; every currency sums to 0;"
      " the hash chain covers sequences 1 to 2, head "))
      << verified.output;
  EXPECT_NE(errors().find("entries\n"), std::string::npos) << "a line for each step";
  const ending copied = node({"backup", copy.string()});
  EXPECT_EQ(copied.status, 0) << errors();
  EXPECT_NE(copied.output.find("without tokens"), std::string::npos);
  EXPECT_EQ(node({"backup", copy.string()}).status, 1);
  EXPECT_NE(errors().find("already exists"), std::string::npos);
}

TEST_F(maintenance, starts_a_node_from_a_copy) {
  ASSERT_EQ(node({"backup", copy.string()}).status, 0) << errors();
  fs::create_directory(scratch / "restored");
  fs::rename(copy, scratch.path() / "restored" / "ledger.db");
  const running_node restored(scratch / "restored", scratch / "log");
  EXPECT_EQ(restored.ledger_sequence(), 2);
}

TEST_F(maintenance, tells_broken_books_by_the_exit_status_and_the_place) {
  SQLite::Database((data / "ledger.db").string(), SQLite::OPEN_READWRITE)
      .exec("UPDATE balances SET posted = posted + 1 WHERE account = 2");
  const ending verified = node({"verify"});
  EXPECT_EQ(verified.status, 1);
  EXPECT_EQ(verified.output.find("broken: account "), 0U) << verified.output;
}

TEST_F(maintenance, needs_books) {
  fs::remove_all(data);
  for (const auto& arguments :
       {std::vector<std::string>{"verify"}, std::vector<std::string>{"backup", copy.string()}})
    EXPECT_EQ(node(arguments).status, 1);
  EXPECT_NE(errors().find("there is no ledger at"), std::string::npos);
  EXPECT_FALSE(fs::exists(copy));
  EXPECT_FALSE(fs::exists(data));
}

}  // namespace
}  // namespace bank::end_to_end
