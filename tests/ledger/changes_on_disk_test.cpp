#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "bank/storage/sqlite/ledger_store.hpp"
#include "bank/storage/sqlite/verify.hpp"
#include "ledger/builders.hpp"
#include "lifeline/ledger/ledger.hpp"
#include "random_seed.hpp"
#include "storage/temporary_folder.hpp"

namespace lifeline::ledger::testing {
namespace {

constexpr std::uint64_t accounts = 5;
constexpr int requests_per_client = 150;

std::string name(std::uint64_t n) { return "account " + std::to_string(n); }

/// A client that moves money between few accounts, or changes one of them; one request at a time.
class client {
 public:
  client(runtime& rt, ledger& books, std::uint64_t seed) : rt_(rt), books_(books), random_(seed) {}

  void run(int requests) {
    for (int i = 0; i < requests; ++i) random_() % 3 == 0 ? change() : move(i);
  }

 private:
  template <class Answer, class Message>
  void ask(const caf::actor& to, Message m) {
    caf::scoped_actor self(rt_.system());
    self->request(to, caf::infinite, rt_.background(), std::move(m))
        .receive([](const Answer& a) { expect_no_bug(a.refused); },
                 [](const caf::error&) { FAIL() << "no answer"; });
  }
  static void expect_no_bug(const std::optional<failure>& refused) {
    if (refused) {
      EXPECT_TRUE(is_refusal(refused->code)) << refused->detail;
    }
  }

  void change() {
    const account_id id = account(name(random_() % accounts));
    account_change c;
    switch (random_() % 8) {
      case 0:
      case 1: c.overdraft_limit = static_cast<std::int64_t>(random_() % 4) * 100; break;
      case 2: c.status = account_status::frozen; break;
      default: c.status = account_status::open; break;
    }
    ask<account_answer>(books_.shard_of(id), change_account{id, c});
  }

  void move(int i) {
    const auto from = random_() % accounts;
    const auto to = (from + 1 + random_() % (accounts - 1)) % accounts;
    submit_transfer m;
    m.transfer =
        transfer_of(std::to_string(random_()) + "/" + std::to_string(i), account(name(from)),
                    account(name(to)), static_cast<std::int64_t>(random_() % 200 + 1));
    ask<transfer_answer>(books_.processor_of(m.transfer.id), m);
  }

  runtime& rt_;
  ledger& books_;
  std::mt19937_64 random_;
};

/// Changes and transfers race in a store on disk. Afterwards every entry fits the entries before
/// it, and no account is below its limit at that time.
TEST(changes_on_disk, that_race_with_transfers_leave_whole_books) {
  const bank::storage::tests::temporary_folder folder;
  const auto file = folder / "ledger.db";
  const auto seed = lifeline::testing::random_seed();
  {
    const auto store = bank::storage::open_sqlite_ledger(file);
    runtime rt;
    auto books = ledger::start(rt, *store, {}, [](const std::string& why) { FAIL() << why; });
    ASSERT_TRUE(books);
    for (std::uint64_t n = 0; n < accounts; ++n) {
      account_record a = account_of(name(n));
      a.overdraft_limit = 300;
      caf::scoped_actor self(rt.system());
      self->request((*books)->shard_of(a.id), caf::infinite, rt.background(),
                    open_account{a, {}, false})
          .receive([](const account_answer& done) { EXPECT_FALSE(done.refused); },
                   [](const caf::error&) { FAIL(); });
    }
    std::vector<std::thread> clients;
    for (std::uint64_t i = 0; i < 8; ++i)
      clients.emplace_back([&, i] { client(rt, **books, seed + i).run(requests_per_client); });
    for (auto& c : clients) c.join();
  }
  const auto found =
      bank::storage::verify_sqlite_ledger(background(), file, [](const auto&) {}).value();
  EXPECT_EQ(found.broken, std::nullopt);
  EXPECT_GT(found.transfers, 10U);  // far below what any seed gave: only that both happened at all
  EXPECT_GT(found.sequence, found.transfers + 10);
}

}  // namespace
}  // namespace lifeline::ledger::testing
