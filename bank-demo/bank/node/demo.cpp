#include "bank/node/demo.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <string_view>

#include "bank/api/observe/log.hpp"
#include "bank/node/tokens.hpp"
#include "bank/storage/files/private_file.hpp"
#include "bank/storage/startup_error.hpp"
#include "lifeline/actor/asio_port.hpp"
#include "lifeline/ledger/messages/requests.hpp"

namespace bank::node {
namespace {

namespace ledger = lifeline::ledger;
using lifeline::context;
using std::filesystem::path;

constexpr const char* unfinished = "demo.unfinished";

struct demo_account {
  std::string_view owner;
  ledger::account_type type;
  std::int64_t deposit_minor;
};

constexpr demo_account demo_accounts[] = {
    {"alice", ledger::account_type::checking, 1'000'00},
    {"alice", ledger::account_type::savings, 5'000'00},
    {"bob", ledger::account_type::checking, 750'00},
    {"bob", ledger::account_type::savings, 2'500'00},
};

[[noreturn]] void fail(std::string_view why) {
  throw storage::startup_error("the demo accounts can't be opened: " + std::string(why) +
                               "; start without --demo, or try again");
}

// Sends the demo's requests one after another: they are few.
class seeder {
 public:
  seeder(const context& ctx, lifeline::asio_port& port, const ledger::ledger& books,
         ledger::ledger_reader& store)
      : ctx_(ctx), port_(port), books_(books), store_(store) {}

  boost::asio::awaitable<void> seed(const demo_books& demo) {
    for (const auto& a : demo.accounts) co_await open(a);
    for (const auto& t : demo.deposits) co_await deposit(t);
  }

 private:
  boost::asio::awaitable<void> open(const ledger::account_record& a) {
    ledger::open_account m;
    m.account = a;
    m.client_chose_id = true;
    const caf::actor shard = books_.shard_of(a.id);
    const auto answer = co_await port_.ask<ledger::account_answer>(ctx_, shard, m);
    const bool is_there =
        answer && answer->refused && answer->refused->code == ledger::errc::already_exists;
    if (!is_there || !was_opened(a)) check(answer);
  }

  /// Was it opened by an earlier, interrupted start?
  bool was_opened(const ledger::account_record& a) {
    const auto found = store_.find_account(ctx_, a.id);
    if (!found) fail(found.error().detail);
    return *found && same_content(**found, a);
  }

  boost::asio::awaitable<void> deposit(const ledger::transfer_record& t) {
    ledger::submit_transfer m;
    m.transfer = t;
    m.may_be_repeated = true;
    const caf::actor processor = books_.processor_of(t.id);
    check(co_await port_.ask<ledger::transfer_answer>(ctx_, processor, m));
  }

  template <class Answer>
  static void check(const lifeline::asked<Answer>& answer) {
    if (!answer) fail(to_string(answer.error()));
    if (answer->refused) fail(answer->refused->detail);
  }

  const context& ctx_;
  lifeline::asio_port& port_;
  const ledger::ledger& books_;
  ledger::ledger_reader& store_;
};

void open_accounts(const context& ctx, lifeline::runtime& rt, const ledger::ledger& books,
                   ledger::ledger_reader& store) {
  demo_books demo = plan_demo(ctx.time().wall_now(), books.ids());
  const auto kept = keep_ids_without_secret(ctx, store, books.ids(), demo);
  if (!kept) fail(kept.error().detail);
  boost::asio::io_context io(1);
  std::exception_ptr failed;
  {
    lifeline::asio_port port(rt.system(), io);
    seeder work(ctx, port, books, store);
    boost::asio::co_spawn(io, work.seed(demo), [&](std::exception_ptr e) { failed = e; });
    io.run();
  }
  if (failed) std::rethrow_exception(failed);
}

bool is_empty(const context& ctx, ledger::ledger_reader& books) {
  ledger::account_filter any;
  any.limit = 1;
  const auto found = books.list_accounts(ctx, any);
  if (!found) fail(found.error().detail);
  return found->rows.empty();
}

void write_tokens(const context& ctx, storage::token_store& tokens,
                  const std::vector<std::string>& owners, const path& file) {
  std::string lines;
  for (const std::string& owner : owners) {
    const auto secret = issue_token(ctx, tokens, storage::role::customer, owner);
    if (!secret) fail(secret.error().detail);
    lines += owner + ' ' + *secret + '\n';
  }
  storage::write_private_file(file, lines);
}

}  // namespace

demo_books plan_demo(lifeline::wall_time now, const ledger::id_deriver& ids) {
  demo_books demo;
  for (const demo_account& d : demo_accounts) {
    if (demo.owners.empty() || demo.owners.back() != d.owner) demo.owners.emplace_back(d.owner);
    const std::string_view type = to_string(d.type);
    auto& a = demo.accounts.emplace_back();
    a.id = ledger::account_id(ids.of({"demo account", d.owner, type}));
    a.owner = d.owner;
    a.type = d.type;
    a.unit = *ledger::currency::parse("USD");
    a.ref = type;
    a.created_at = now;
    auto& t = demo.deposits.emplace_back();
    t.id = ledger::transfer_id(ids.of({"demo deposit", d.owner, type}));
    t.from = ledger::world_account(a.unit);
    t.to = a.id;
    t.amount = {d.deposit_minor, a.unit};
    t.memo = "opening balance";
    t.created_at = now;
  }
  return demo;
}

ledger::result<void> keep_ids_without_secret(const context& ctx, ledger::ledger_reader& store,
                                             const ledger::id_deriver& ids, demo_books& demo) {
  if (!ids.had_no_secret()) return {};
  for (std::size_t i = 0; i < demo.accounts.size(); ++i) {
    ledger::account_record& a = demo.accounts[i];
    ledger::transfer_record& t = demo.deposits[i];
    const std::string_view type = to_string(a.type);
    const ledger::account_id account(*ids.without_secret({"demo account", a.owner, type}));
    const auto opened = store.find_account(ctx, account);
    if (!opened) return opened.error();
    if (!*opened || !same_content(**opened, a)) continue;
    a.id = t.to = account;
    const ledger::transfer_id deposit(*ids.without_secret({"demo deposit", a.owner, type}));
    const auto booked = store.find_transfer(ctx, deposit);
    if (!booked) return booked.error();
    if (*booked && same_content(**booked, t)) t.id = deposit;
  }
  return {};
}

demo_outcome seed_demo(const context& ctx, lifeline::runtime& rt, const ledger::ledger& books,
                       const stores& kept, const path& data_dir) {
  const path marker = data_dir / unfinished;
  const path tokens_file = data_dir / "demo.tokens";
  if (!std::filesystem::exists(marker)) {
    if (!is_empty(ctx, *kept.books)) {
      log::info("--demo is ignored: the store already has accounts");
      return demo_outcome::not_empty;
    }
    storage::write_private_file(marker,
                                "bank-node --demo was interrupted; its next start continues\n");
  }
  open_accounts(ctx, rt, books, *kept.books);
  write_tokens(ctx, *kept.tokens, plan_demo({}, books.ids()).owners, tokens_file);
  std::filesystem::remove(marker);
  log::info("demo accounts opened for alice and bob; their tokens are in {}", tokens_file.string());
  return demo_outcome::seeded;
}

}  // namespace bank::node
