#include "driver/in_process/in_process_command.hpp"

#include "bank/storage/sqlite/ledger_store.hpp"
#include "driver/in_process/ledger_door.hpp"
#include "driver/node_process.hpp"
#include "driver/run/load_phases.hpp"
#include "driver/run_to_end.hpp"
#include "lifeline/ledger/core/transfer_steps.hpp"

namespace bank::driver {

namespace {

using namespace std::chrono_literals;
namespace ledger = lifeline::ledger;
using about = money_checker::question::about;

constexpr std::size_t entries_at_once = 4'000;

/// Opens the accounts with their initial balances directly in the store, before the ledger starts.
maybe_problem fill(ledger::journal_store& store, const scenario& s,
                   const std::vector<ledger::account_id>& ids, ledger::currency unit) {
  const auto epoch = store.fence(lifeline::background());
  if (!epoch) return problem{"the store can't be used: " + epoch.error().detail};
  std::uint64_t number = 0;
  for (std::size_t first = 0; first < ids.size(); first += entries_at_once) {
    ledger::batch opened{{*epoch, ++number}, lifeline::wall_time(), {}};
    ledger::batch funded{{*epoch, ++number}, lifeline::wall_time(), {}};
    for (std::size_t i = first; i < std::min(first + entries_at_once, ids.size()); ++i) {
      ledger::account_record a;
      a.id = ids[i];
      a.owner = "load-" + std::to_string(i % s.setup.owners);
      a.unit = unit;
      a.overdraft_limit = s.setup.overdraft_limit;
      opened.entries.emplace_back(ledger::open_entry{a, {}});
      ledger::transfer_record t;
      t.id = ledger::transfer_id(ledger::uuid::derive({"deposit", ids[i].str()}));
      t.from = ledger::world_account(unit);
      t.to = ids[i];
      t.amount = {s.setup.initial_balance, unit};
      if (s.setup.initial_balance > 0) funded.entries.emplace_back(ledger::transfer_entry{t, {}});
    }
    if (std::holds_alternative<ledger::commit_error>(store.commit(opened)) ||
        std::holds_alternative<ledger::commit_error>(store.commit(funded)))
      return problem{"the accounts could not be opened"};
  }
  return std::nullopt;
}

/// A ledger, a load on it, and the checks at the end.
class in_process_run {
 public:
  in_process_run(const scenario& s, const std::filesystem::path& folder)
      : s_(s),
        plan_(plan_of(s)),
        unit_(*ledger::currency::parse(s.setup.currency)),
        store_(storage::open_sqlite_ledger(folder / "ledger.db")),
        sees_(money_checker(s.setup.accounts, s.setup.initial_balance, s.seed), std::nullopt,
              std::nullopt) {
    for (std::size_t i = 0; i < s.setup.accounts; ++i) {
      ids_.emplace_back(plan_.account_id(i));
      indexes_[ids_.back()] = i;
    }
  }

  load_report run() {
    report_.scenario = s_.name + " (in process)";
    report_.about = s_.about;
    report_.seed = s_.seed;
    report_.failure = fill(*store_, s_, ids_, unit_);
    if (!report_.failure) drive();
    return std::move(report_);
  }

 private:
  void drive() {
    lifeline::runtime rt;
    auto books = ledger::ledger::start(rt, *store_, {}, [](const std::string&) {});
    if (!books) {
      report_.failure = problem{"the ledger can't start: " + books.error().detail};
      return;
    }
    ids_of_ledger_ = (*books)->ids();
    {
      lifeline::asio_port port(rt.system(), io_);
      const ledger_door::place place{io_,  rt,   **books, *store_,
                                     port, ids_, unit_,   s_.timing.timeout};
      load_phases phases({io_, s_, plan_, sees_, counted_,
                          [&place] { return std::make_unique<ledger_door>(place); }, report_});
      const auto interrupted = [&](const std::string& why) {
        report_.failure = problem{why};
        phases.stop();
      };
      if (auto wrong = run_to_end(io_, run_phases(phases), interrupted))
        report_.failure = std::move(wrong);
    }
    // Transfers in flight become durable or are dropped: nothing moves after this.
    (*books)->stop(rt.background());
    if (!report_.failure) ask();
  }

  task<void> run_phases(load_phases& phases) {
    phases.begin();
    for (std::size_t i = 0; i < s_.phases.size() && !report_.failure; ++i) {
      co_await phases.run(i);
    }
    report_.seconds = phases.seconds();
  }

  // -- the checks at the end, against the store ---------------------------------------------------

  void ask() {
    const lifeline::context ctx = lifeline::background();
    money_checker& money = sees_.money();
    if (const auto totals = store_->totals(ctx))
      for (const auto& t : totals->currencies) money.snapshot(t.sum);
    for (const auto& q : money.questions()) sees_.answered(q, find(ctx, q));
    for (std::size_t i = 0; i < ids_.size(); ++i) find_account(ctx, i);
    report_.snapshots = money.snapshots();
    report_.keep(money.conclude(), s_.invariants);
    report_.compare(s_.thresholds, report_.total);
  }

  std::optional<stored_transfer> find(const lifeline::context& ctx,
                                      const money_checker::question& q) {
    ledger::transfer_id id(q.transfer.id);
    if (q.what == about::reversal) id = ledger::reversal_id(*ids_of_ledger_, id);
    const auto found = store_->find_transfer(ctx, id);
    if (!found) report_.failure = problem{"the store can't be read: " + found.error().detail};
    if (!found || !*found) return std::nullopt;
    const ledger::transfer_record& t = **found;
    return stored_transfer{std::string(ledger::to_string(t.status)), index_of(t.from),
                           index_of(t.to), t.amount.minor};
  }

  std::size_t index_of(const ledger::account_id& id) const {
    const auto at = indexes_.find(id);
    return at == indexes_.end() ? ids_.size() : at->second;
  }

  void find_account(const lifeline::context& ctx, std::size_t i) {
    const auto found = store_->find_account(ctx, ids_[i]);
    if (!found || !*found) {
      report_.failure = problem{"account " + std::to_string(i) + " is missing from the store"};
      return;
    }
    sees_.money().account_found(
        i, {(*found)->posted, (*found)->pending_in, (*found)->pending_out, std::nullopt});
  }

  const scenario& s_;
  request_plan plan_;
  ledger::currency unit_;
  std::vector<ledger::account_id> ids_;
  std::unordered_map<ledger::account_id, std::size_t> indexes_;
  std::unique_ptr<ledger::journal_store> store_;
  std::optional<ledger::id_deriver> ids_of_ledger_;
  witness sees_;
  asio::io_context io_{1};
  traffic counted_;  // none
  load_report report_;
};

}  // namespace

maybe_problem why_not_in_process(const scenario& s) {
  if (s.replay) return problem{"--in-process can't replay books: use --spawn or --target"};
  if (!s.faults.empty())
    return problem{"--in-process has no node for the scenario's faults: use --spawn"};
  if (s.node.on_postgres)
    return problem{
        "--in-process uses the embedded store, but the scenario needs PostgreSQL: use --spawn"};
  for (const invariant i : s.invariants)
    if (i == invariant::events_complete)
      return problem{"--in-process has no events for \"events_complete\": use --spawn or --target"};
  for (const threshold& t : s.thresholds)
    if (t.metric.starts_with("event."))
      return problem{"--in-process has no events for \"" + t.metric +
                     "\": use --spawn or --target"};
  return std::nullopt;
}

load_report run_in_process(const run_options&, const scenario& s) {
  auto folder = temporary_folder::make();
  load_report failed;
  failed.scenario = s.name;
  if (!folder) {
    failed.failure = folder.error();
    return failed;
  }
  try {
    return in_process_run(s, folder->path()).run();
  } catch (const std::exception& e) {
    failed.failure = problem{std::string("the ledger can't be run: ") + e.what()};
    return failed;
  }
}

}  // namespace bank::driver
