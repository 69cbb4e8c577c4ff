// Durable transfers without HTTP: many asking actors, each with one open transfer. Prints one line
// of JSON per case.

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "bank/storage/memory/ledger_store.hpp"
#include "bank/storage/postgres/ledger_store.hpp"
#include "bank/storage/postgres/opening.hpp"
#include "bank/storage/sqlite/ledger_store.hpp"
#include "lifeline/actor/ask.hpp"
#include "lifeline/ledger/ledger.hpp"

namespace {

using namespace lifeline;
using namespace lifeline::ledger;

struct plan {
  std::string store = "sqlite";
  std::size_t accounts = 10'000;
  std::size_t askers = 1'000;
  std::size_t transfers = 300'000;
  std::size_t workers = 0;
  std::string only;  ///< the case to run; empty: all
};

account_id nth_account(std::size_t n) {
  return account_id(uuid::derive({"bench", std::to_string(n)}));
}

void stop_if(bool failed, const char* what) {
  if (!failed) return;
  std::fprintf(stderr, "ledger_bench: %s\n", what);
  std::exit(1);
}

/// Opens the accounts with a million each, directly in the store.
void fill(journal_store& store, const plan& p) {
  const context ctx = background();
  const auto epoch = store.fence(ctx);
  stop_if(!epoch, "the store can't be used");
  const currency unit = *currency::parse("USD");
  std::uint64_t number = 0;
  for (std::size_t first = 0; first < p.accounts; first += 4'000) {
    batch opened{{*epoch, ++number}, wall_time(), {}};
    batch funded{{*epoch, ++number}, wall_time(), {}};
    for (std::size_t i = first; i < std::min(first + 4'000, p.accounts); ++i) {
      account_record a;
      a.id = nth_account(i);
      a.owner = "bench";
      a.unit = unit;
      opened.entries.emplace_back(open_entry{a, {}});
      transfer_record t;
      t.id = transfer_id(uuid::derive({"fund", std::to_string(i)}));
      t.from = world_account(unit);
      t.to = a.id;
      t.amount = {1'000'000, unit};
      funded.entries.emplace_back(transfer_entry{t, {}});
    }
    stop_if(std::holds_alternative<commit_error>(store.commit(opened)), "opening failed");
    stop_if(std::holds_alternative<commit_error>(store.commit(funded)), "funding failed");
  }
}

struct asker_state {
  std::mt19937_64 random;
  std::optional<cancel_scope> scope;
};

enum class kind : std::uint8_t { uniform, hot, hold_then_post, batches };
constexpr std::size_t batch_size = 1'000;

struct run_of_one_case {
  runtime& rt;
  lifeline::ledger::ledger& books;
  const plan& p;
  kind what;
  std::vector<account_id> accounts;
  std::atomic<std::int64_t> left;
  std::atomic<std::size_t> failed{0};
  std::atomic<std::size_t> askers_left;
};

void post_held(caf::stateful_actor<asker_state>* self, run_of_one_case* run, transfer_id id);

void ask_next(caf::stateful_actor<asker_state>* self, run_of_one_case* run) {
  auto& me = state_of(self);
  if (run->left.fetch_sub(1) <= 0) {
    run->askers_left.fetch_sub(1);
    run->askers_left.notify_all();
    self->quit();
    return;
  }
  submit_transfer m;
  m.transfer.id = transfer_id(uuid::make_v7(run->rt.time().wall_now()));
  const bool hot = run->what == kind::hot;
  const std::size_t from = hot ? 0 : me.random() % run->accounts.size();
  std::size_t to = me.random() % run->accounts.size();
  if (to == from) to = (from + 1) % run->accounts.size();
  m.transfer.from = run->accounts[from];
  m.transfer.to = run->accounts[to];
  if (hot && (me.random() & 1U) != 0) std::swap(m.transfer.from, m.transfer.to);
  m.transfer.amount = {1, *currency::parse("USD")};
  m.transfer.two_phase = run->what == kind::hold_then_post;
  me.scope.emplace(with_timeout(run->rt.background(), std::chrono::seconds(10)));
  const caf::actor target = run->books.processor_of(m.transfer.id);
  ask(self, me.scope->ctx(), target, std::move(m))
      .then(
          [self, run](const transfer_answer& a) {
            if (a.refused) ++run->failed;
            if (a.transfer.status == transfer_status::pending) {
              post_held(self, run, a.transfer.id);
            } else {
              ask_next(self, run);
            }
          },
          [self, run](lifeline::errc) {
            ++run->failed;
            ask_next(self, run);
          });
}

void post_held(caf::stateful_actor<asker_state>* self, run_of_one_case* run, transfer_id id) {
  const caf::actor target = run->books.processor_of(id);
  ask(self, state_of(self).scope->ctx(), target, lifeline::ledger::post_transfer{id, {}, {}, {}})
      .then(
          [self, run](const transfer_answer& a) {
            if (a.refused) ++run->failed;
            ask_next(self, run);
          },
          [self, run](lifeline::errc) {
            ++run->failed;
            ask_next(self, run);
          });
}

/// The same in batches: an asker sends several transfers at once.
void ask_for_batch(caf::stateful_actor<asker_state>* self, run_of_one_case* run) {
  auto& me = state_of(self);
  if (run->left.fetch_sub(batch_size) <= 0) {
    run->askers_left.fetch_sub(1);
    run->askers_left.notify_all();
    self->quit();
    return;
  }
  submit_batch m;
  m.id = uuid::make_v7(run->rt.time().wall_now());
  for (std::size_t i = 0; i < batch_size; ++i) {
    transfer_record t;
    t.id = transfer_id(uuid::make_v7(run->rt.time().wall_now()));
    const std::size_t from = me.random() % run->accounts.size();
    t.from = run->accounts[from];
    t.to =
        run->accounts[(from + 1 + me.random() % (run->accounts.size() - 1)) % run->accounts.size()];
    t.amount = {1, *currency::parse("USD")};
    m.items.push_back({std::move(t)});
  }
  me.scope.emplace(with_timeout(run->rt.background(), std::chrono::seconds(10)));
  const caf::actor target = run->books.processor_of(m.id);
  ask(self, me.scope->ctx(), target, std::move(m))
      .then(
          [self, run](const batch_answer& a) {
            if (a.refused) run->failed += batch_size;
            for (const batch_item& i : a.items)
              if (i.refused) ++run->failed;
            ask_for_batch(self, run);
          },
          [self, run](lifeline::errc) {
            run->failed += batch_size;
            ask_for_batch(self, run);
          });
}

caf::behavior run_asker(caf::stateful_actor<asker_state>* self, run_of_one_case* run,
                        std::uint64_t seed) {
  state_of(self).random.seed(seed);
  run->what == kind::batches ? ask_for_batch(self, run) : ask_next(self, run);
  return {[](int) {}};
}

void measure(const char* name, runtime& rt, lifeline::ledger::ledger& books, const plan& p,
             kind what, bool print) {
  if (print && !p.only.empty() && p.only != name) return;
  const std::size_t askers = what == kind::batches ? 8 : p.askers;
  run_of_one_case run{rt, books, p, what, {}, static_cast<std::int64_t>(p.transfers), 0, askers};
  for (std::size_t i = 0; i < p.accounts; ++i) run.accounts.push_back(nth_account(i));
  const auto begin = rt.time().now();
  for (std::size_t i = 0; i < askers; ++i) rt.system().spawn(run_asker, &run, i + 1);
  for (std::size_t n = run.askers_left; n != 0; n = run.askers_left) run.askers_left.wait(n);
  const double seconds = std::chrono::duration<double>(rt.time().now() - begin).count();
  if (print)
    std::printf(R"({"name":"%s","store":"%s","rate":%.0f,"failed":%zu,"accounts":%zu,"askers":%zu})"
                "\n",
                name, p.store.c_str(), static_cast<double>(p.transfers) / seconds,
                run.failed.load(), p.accounts, askers);
  std::fflush(stdout);
}

std::unique_ptr<journal_store> make_store(const plan& p, const std::filesystem::path& folder) {
  if (p.store == "memory") return std::make_unique<bank::storage::memory_ledger_store>();
  if (p.store.starts_with("postgres") || p.store.starts_with("host="))
    return bank::storage::make_postgres_ledger(bank::storage::open_postgres({p.store}));
  return bank::storage::open_sqlite_ledger(folder / "ledger.db");
}

}  // namespace

/// ledger_bench [sqlite|memory|URL of an empty PostgreSQL database] [accounts] [askers] [transfers]
/// [workers] [case]
int main(int argc, char** argv) {
  plan p;
  if (argc > 1) p.store = argv[1];
  if (argc > 2) p.accounts = std::stoul(argv[2]);
  if (argc > 3) p.askers = std::stoul(argv[3]);
  if (argc > 4) p.transfers = std::stoul(argv[4]);
  if (argc > 5) p.workers = std::stoul(argv[5]);
  if (argc > 6) p.only = argv[6];
  const auto folder = std::filesystem::temp_directory_path() /
                      ("ledger_bench." + uuid::make_v7(process_clock().wall_now()).str());
  std::filesystem::create_directory(folder);
  {
    const auto store = make_store(p, folder);
    fill(*store, p);
    runtime_options options;
    options.workers = p.workers;
    runtime rt(options);
    auto books = lifeline::ledger::ledger::start(rt, *store, {}, [](const std::string& why) {
      std::fprintf(stderr, "ledger lost: %s\n", why.c_str());
    });
    stop_if(!books, "the ledger can't start");
    measure("warm-up", rt, **books, p, kind::uniform, false);
    measure("transfers_uniform", rt, **books, p, kind::uniform, true);
    measure("transfers_hot_account", rt, **books, p, kind::hot, true);
    measure("holds_posted", rt, **books, p, kind::hold_then_post, true);
    measure("batches_of_1000", rt, **books, p, kind::batches, true);
    (*books)->stop(rt.background());
  }
  std::filesystem::remove_all(folder);
}
