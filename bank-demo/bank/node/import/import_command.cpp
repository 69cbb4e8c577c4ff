#include "bank/node/import/import_command.hpp"

#include <ostream>
#include <utility>

#include "bank/node/import/import_report.hpp"
#include "bank/node/offline.hpp"
#include "bank/node/progress_line.hpp"
#include "bank/storage/files/data_dir.hpp"
#include "bank/storage/sqlite/ledger_store.hpp"
#include "bank/storage/startup_error.hpp"
#include "lifeline/context/merge.hpp"

namespace bank::node {
namespace {

using storage::startup_error;
namespace ledger = lifeline::ledger;

/// Time without progress after which the import gives up.
constexpr auto patience = std::chrono::seconds(60);
/// Time for transfers in flight when it ends.
constexpr auto settling_time = std::chrono::seconds(10);

api::import_parameters read_files(const import_request& r) {
  auto files = books::read_book_files(r.folder);
  if (!files) throw startup_error(files.error().text());
  return {std::move(*files), r.unit, r.overdraft_limit, r.owner};
}

books::recorded_books read_recorded(const api::import_parameters& p) {
  auto recorded = books::parse_books(p.files);
  if (!recorded) throw startup_error(recorded.error().text());
  return std::move(*recorded);
}

import_plan plan_of(const lifeline::context& ctx, const import_bank& bank,
                    const api::import_parameters& p, books::recorded_books recorded) {
  import_plan plan = make_import_plan(p, std::move(recorded), bank.books.ids());
  const auto kept = keep_ids_without_secret(ctx, bank.store, bank.books.ids(), plan);
  if (!kept && !ctx.done()) throw startup_error("accounts can't be read: " + kept.error().detail);
  return plan;
}

/// Redraws a hundred times, not at every row.
import_run::on_progress shown_on(progress_line& line) {
  return [&line, next = std::size_t{0}](std::size_t settled, std::size_t rows) mutable {
    if (settled < next && settled != rows) return;
    line.show("importing", settled, rows);
    next = settled + rows / 100 + 1;
  };
}

void tell_refused(const import_plan& plan, const books::lane_schedule& done, std::ostream& err) {
  for (const books::refused_row& row : done.named())
    err << "bank-node: refused: " << describe(plan, row) << '\n';
  const auto& n = done.counts();
  if (n.refused() > done.named().size())
    err << "bank-node: refused in all: " << n.refused()
        << " rows, including those of refused accounts\n";
}

void tell_closing(const closing_comparison& c, std::ostream& err) {
  for (const other_balance& b : c.first)
    err << "bank-node: account " << b.account << " has the balance " << b.holds_minor
        << ", but closing_balances.csv has " << b.closes_minor << '\n';
}

void tell_counts(const import_plan& plan, const books::lane_counts& n, std::ostream& out) {
  out << "accounts of " << plan.owner << ": " << n.opened << " opened, " << n.accounts_found
      << " already present, " << n.accounts_refused << " refused\n"
      << "transfers: " << n.posted << " posted, " << n.transfers_found << " already present, "
      << n.transfers_refused << " refused\n";
}

/// A bank over the data folder that serves no clients.
class offline_bank {
 public:
  explicit offline_bank(const configuration& c)
      : dir_(c.data_dir),
        store_(storage::open_sqlite_ledger(dir_.ledger_file())),
        rt_(c.runtime),
        books_(begin(c)) {}
  offline_bank(const offline_bank&) = delete;
  offline_bank& operator=(const offline_bank&) = delete;
  ~offline_bank() {
    books_->stop(with_timeout(rt_.background(), settling_time).ctx());
    lost_.cancel();
  }

  import_bank parts() { return {rt_, *books_, *store_}; }
  /// Done when another process has taken over the store.
  const lifeline::context& lost() const noexcept { return lost_.ctx(); }

 private:
  std::unique_ptr<ledger::ledger> begin(const configuration& c) {
    auto made = ledger::ledger::start(rt_, *store_, c.ledger, [this](const std::string& why) {
      lost_.cancel(lifeline::error(make_error_code(std::errc::io_error), why));
    });
    if (!made) throw startup_error("the ledger can't start: " + made.error().detail);
    return std::move(*made);
  }

  storage::data_dir dir_;
  std::unique_ptr<ledger::journal_store> store_;
  lifeline::cancel_scope lost_ = lifeline::with_cancel(lifeline::background());
  lifeline::runtime rt_;
  std::unique_ptr<ledger::ledger> books_;
};

/// Reports refused rows and differing balances; `clean` if there are none.
exit_status judge(const lifeline::context& ctx, ledger::ledger_reader& store,
                  const import_plan& plan, const books::lane_schedule& done, std::ostream& err) {
  tell_refused(plan, done, err);
  if (done.failure()) throw startup_error(done.failure()->text);
  bool good = done.counts().refused() == 0;
  if (plan.has_closing) {
    const auto compared = compare_closing(ctx, store, plan);
    if (!compared) throw startup_error("accounts can't be read: " + compared.error().detail);
    tell_closing(*compared, err);
    good = good && compared->differ == 0;
  }
  return good ? exit_status::clean : exit_status::failed;
}

}  // namespace

exit_status import_books(const configuration& c, const import_request& r, std::ostream& out,
                         std::ostream& err) {
  require_embedded(c, "send the books to a running node as a job of the kind import");
  const api::import_parameters parameters = read_files(r);
  books::recorded_books recorded = read_recorded(parameters);
  const until_signal signal;
  offline_bank bank(c);
  const auto either = merge(signal.ctx(), bank.lost());
  const import_plan plan = plan_of(either.ctx(), bank.parts(), parameters, std::move(recorded));
  std::optional<progress_line> line(std::in_place, err, is_terminal(err));
  import_run run(bank.parts(), plan, patience, shown_on(*line));
  run.run(either.ctx());
  line.reset();
  tell_counts(plan, run.schedule().counts(), out);
  if (bank.lost().done()) throw startup_error(bank.lost().cause().message());
  if (signal.ctx().done()) {
    err << "bank-node: run the same command again to continue the import\n";
    return called_off(err);
  }
  return judge(either.ctx(), bank.parts().store, plan, run.schedule(), err);
}

}  // namespace bank::node
