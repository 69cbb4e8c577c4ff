#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "bank/storage/memory/ledger_store.hpp"
#include "bank/storage/postgres/ledger_store.hpp"
#include "bank/storage/postgres/opening.hpp"
#include "bank/storage/sqlite/ledger_store.hpp"
#include "storage/postgres_server.hpp"

// Speed of commits and reads of the stores. Arguments: entries per batch, number of accounts.
// Accounts of a transfer are drawn uniformly; identifiers are random, as from clients. Files are in
// BENCH_DIR or the temporary folder. PostgreSQL: a durable server of its own.

namespace {

using namespace lifeline::ledger;
using bank::storage::memory_ledger_store;
using bank::storage::open_sqlite_ledger;

const currency usd = *currency::parse("USD");
const lifeline::wall_time noon{std::chrono::hours(490'000)};

template <class Id>
Id numbered(std::uint64_t high, std::uint64_t low) {
  uuid::bytes_type bytes{};
  std::memcpy(bytes.data(), &high, 8);
  std::memcpy(bytes.data() + 8, &low, 8);
  return Id(uuid(bytes));
}

account_id account_number(std::uint64_t n) {
  return numbered<account_id>(n * 0xbf58476d1ce4e5b9U, n);
}

class folder {
 public:
  folder() {
    const char* base = std::getenv("BENCH_DIR");
    path_ = base == nullptr ? std::filesystem::temp_directory_path() : base;
    path_ /= "storage_bench_" + std::to_string(std::random_device{}());
    std::filesystem::create_directories(path_);
  }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  ~folder() { std::filesystem::remove_all(path_); }
  std::filesystem::path file() const { return path_ / "ledger.db"; }

 private:
  std::filesystem::path path_;
};

struct sqlite_books {
  folder place;
  std::unique_ptr<journal_store> store = open_sqlite_ledger(place.file());
};
struct postgres_books {
  std::unique_ptr<journal_store> store =
      bank::storage::make_postgres_ledger(bank::storage::open_postgres(options()));

  static bank::storage::postgres_options options() {
    bank::storage::postgres_options o;
    o.url = bank::storage::tests::postgres_server::durable().new_url();
    return o;
  }
};
struct memory_store_books {
  std::unique_ptr<journal_store> store = std::make_unique<memory_ledger_store>();
};

class load {
 public:
  load(journal_store& store, std::uint64_t accounts)
      : store_(store), accounts_(accounts), epoch_(store.fence(lifeline::background()).value()) {
    for (std::uint64_t first = 0; first < accounts; first += 10'000) open(first);
  }

  batch transfers(std::size_t entries) {
    batch b{{epoch_, ++number_}, noon, {}};
    b.entries.reserve(entries);
    for (std::size_t i = 0; i < entries; ++i)
      b.entries.emplace_back(transfer_entry{transfer(), {}});
    return b;
  }
  account_id any_account() { return account_number(random_() % accounts_); }
  bool commit(const batch& b) { return store_.commit(b).index() == 0; }

 private:
  void open(std::uint64_t first) {
    batch b{{epoch_, ++number_}, noon, {}};
    for (std::uint64_t n = first; n < std::min(first + 10'000, accounts_); ++n) {
      account_record a;
      a.id = account_number(n);
      a.owner = "owner-" + std::to_string(n / 4);
      a.unit = usd;
      a.overdraft_limit = max_minor / 4;
      b.entries.emplace_back(open_entry{a, {}});
    }
    if (!commit(b)) throw std::runtime_error("the accounts could not be opened");
  }

  transfer_record transfer() {
    transfer_record t;
    t.id = numbered<transfer_id>(random_(), random_());
    t.from = any_account();
    do t.to = any_account();
    while (t.to == t.from);
    t.amount = {static_cast<std::int64_t>(1 + random_() % 10'000), usd};
    t.created_at = noon;
    return t;
  }

  journal_store& store_;
  std::uint64_t accounts_;
  std::uint64_t epoch_;
  std::uint64_t number_ = 0;
  std::mt19937_64 random_{7};
};

/// Processor time of this thread, which a busy machine affects less than elapsed time.
double processor_us() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_nsec) / 1e3;
}

double percentile(std::vector<double>& sorted, double share) {
  return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(share * double(sorted.size() - 1))];
}

void report(benchmark::State& state, std::vector<double> us) {
  state.SetItemsProcessed(state.iterations() * state.range(0));
  std::ranges::sort(us);
  state.counters["p50_us"] = percentile(us, 0.5);
  state.counters["p99_us"] = percentile(us, 0.99);
  state.counters["max_us"] = percentile(us, 1);
}

template <class Books>
void commit(benchmark::State& state) {
  Books books;
  load work(*books.store, static_cast<std::uint64_t>(state.range(1)));
  std::vector<double> us;
  double cpu_us = 0;
  for (auto _ : state) {
    const batch b = work.transfers(static_cast<std::size_t>(state.range(0)));
    const double cpu_begin = processor_us();
    const auto begin = std::chrono::steady_clock::now();
    if (!work.commit(b)) state.SkipWithError("a commit failed");
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    state.SetIterationTime(took.count());
    us.push_back(took.count() * 1e6);
    cpu_us += processor_us() - cpu_begin;
  }
  state.counters["cpu_us"] = benchmark::Counter(cpu_us, benchmark::Counter::kAvgIterations);
  report(state, std::move(us));
}

template <class Books>
void find_account(benchmark::State& state) {
  Books books;
  load work(*books.store, static_cast<std::uint64_t>(state.range(1)));
  for (auto _ : state)
    benchmark::DoNotOptimize(books.store->find_account(lifeline::background(), work.any_account()));
  state.SetItemsProcessed(state.iterations());
}

/// The newest page of an account with a long history.
template <class Books>
void history(benchmark::State& state) {
  Books books;
  load work(*books.store, static_cast<std::uint64_t>(state.range(1)));
  for (int i = 0; i < 100; ++i) work.commit(work.transfers(1'000));
  for (auto _ : state)
    benchmark::DoNotOptimize(books.store->history(lifeline::background(), work.any_account(), 0,
                                                  static_cast<std::size_t>(state.range(0))));
  state.SetItemsProcessed(state.iterations());
}

template <class Books>
void totals(benchmark::State& state) {
  Books books;
  load work(*books.store, static_cast<std::uint64_t>(state.range(1)));
  for (auto _ : state) benchmark::DoNotOptimize(books.store->totals(lifeline::background()));
}

void batch_sizes(benchmark::internal::Benchmark* b) {
  b->UseManualTime()->ArgNames({"batch", "accounts"})->Unit(benchmark::kMicrosecond);
  b->MinTime(2);
  for (const std::int64_t size : {1, 30, 1'000, 8'000}) b->Args({size, 10'000});
  b->Args({1'000, 1'000})->Args({1'000, 100'000});
}

BENCHMARK(commit<memory_store_books>)->Apply(batch_sizes);
BENCHMARK(commit<sqlite_books>)->Apply(batch_sizes)->Args({1'000, 1'000'000});
BENCHMARK(commit<postgres_books>)->Apply(batch_sizes);
BENCHMARK(find_account<sqlite_books>)->ArgNames({"", "accounts"})->Args({1, 10'000});
BENCHMARK(history<sqlite_books>)->ArgNames({"rows", "accounts"})->Args({50, 1'000});
BENCHMARK(totals<sqlite_books>)
    ->ArgNames({"", "accounts"})
    ->Args({1, 1'000'000})
    ->Unit(benchmark::kMillisecond);

}  // namespace
