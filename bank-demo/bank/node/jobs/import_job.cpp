
#include <memory>
#include <mutex>
#include <set>
#include <utility>

#include "bank/api/http/fields.hpp"
#include "bank/api/observe/log.hpp"
#include "bank/node/import/import_report.hpp"
#include "bank/node/jobs/job_kinds.hpp"
#include "bank/node/store_guard.hpp"

namespace bank::node {
namespace {

using lifeline::context;
using lifeline::error;
using lifeline::job;
using lifeline::job_result;
namespace ledger = lifeline::ledger;

error failed(std::string why) { return {make_error_code(std::errc::io_error), std::move(why)}; }

/// The running imports. Two runs of one import at once could retry a refused row after the other
/// run has booked later ones.
class running_imports {
 public:
  /// Holds the import's place; empty if it is taken.
  std::shared_ptr<const void> enter(const ledger::uuid& digest) {
    const std::lock_guard lock(mutex_);
    if (!running_.insert(digest).second) return nullptr;
    return {this, [this, digest](const void*) { leave(digest); }};
  }

 private:
  void leave(const ledger::uuid& digest) {
    const std::lock_guard lock(mutex_);
    running_.erase(digest);
  }

  std::mutex mutex_;
  std::set<ledger::uuid> running_;
};

api::result<api::import_parameters> read_kept(const std::string& text) {
  const auto given = api::parse_object(text);
  if (!given) return given.error();
  return api::read_import_parameters(given->root());
}

job_result import(const context& ctx, const job& me, const import_bank& bank,
                  const import_plan& plan) {
  import_run run(bank, plan, lifeline::duration::max(), [&](std::size_t settled, std::size_t rows) {
    me.progress(static_cast<double>(settled) / static_cast<double>(rows));
  });
  run.run(ctx);
  if (ctx.done()) return ctx.cause();
  std::optional<closing_comparison> closing;
  if (plan.has_closing) {
    auto compared = compare_closing(unguarded(ctx), bank.store, plan);
    if (ctx.done()) return ctx.cause();
    if (!compared)
      return failed("the rows are imported, but their accounts can't be read: " +
                    compared.error().detail);
    closing = std::move(*compared);
  }
  if (!run.schedule().named().empty())
    log::warn("job {}: rows were refused; the first: {}", me.id(),
              describe(plan, run.schedule().named().front()));
  return report_of(plan, run, closing);
}

job_result run_job(const context& ctx, const job& me, const import_bank& bank,
                   const storage::job_files& files, running_imports& running) {
  const auto kept = files.read(me.id());
  if (!kept)
    return failed("the job's files are deleted, as after its end: send them again in a new job");
  const auto asked = read_kept(*kept);
  if (!asked) return failed(asked.error().detail);
  auto recorded = read_imported_books(*asked);
  if (!recorded) return failed(recorded.error().detail);
  const auto place = running.enter(import_digest(*asked));
  if (!place) return failed("another job is importing the same books: wait for its result");
  import_plan plan = make_import_plan(*asked, std::move(*recorded), bank.books.ids());
  const auto kept_ids = keep_ids_without_secret(unguarded(ctx), bank.store, bank.books.ids(), plan);
  if (ctx.done()) return ctx.cause();
  if (!kept_ids) return failed("accounts can't be read: " + kept_ids.error().detail);
  return import(ctx, me, bank, plan);
}

}  // namespace

lifeline::job_function import_job(const import_bank& bank, const storage::job_files& files) {
  return [bank, &files, running = std::make_shared<running_imports>()](
             const context& ctx, const job& me) { return run_job(ctx, me, bank, files, *running); };
}

}  // namespace bank::node
