#include "bank/storage/postgres/commit_writer.hpp"

#include "bank/storage/postgres/batch_rows.hpp"
#include "bank/storage/postgres/watch.hpp"
#include "bank/storage/rules/ledger_time.hpp"
#include "bank/storage/rules/posting.hpp"

namespace bank::storage {

using namespace lifeline::ledger;
using lifeline::context;

namespace {

/// A batch finds all rows by key. A planner with statistics of small tables would choose sequential
/// scans and keep them for the whole session.
constexpr const char* settings =
    "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan;"
    " PREPARE lock_ledger AS SELECT epoch, last_sequence, head, ms_of(next_at) FROM ledger"
    " WHERE one = 1 FOR UPDATE";
constexpr const char* serializable = "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE";
constexpr const char* lock_ledger = "EXECUTE lock_ledger";
/// Time after which a silent server is given up; a working one has ended the statement before.
constexpr std::chrono::milliseconds grace{500};

}  // namespace

commit_result postgres_commit_writer::commit(const batch& b) {
  const auto in_time = with_timeout(lifeline::background(), limit_);
  const auto hung = with_timeout(lifeline::background(), limit_ + grace);
  while (!in_time.ctx().done()) {
    auto lease = pool_.take(in_time.ctx());
    if (!lease) return commit_error::unavailable;
    const postgres_watch watch(hung.ctx(), **lease, at_end::sever);
    if (auto done = attempt(in_time.ctx(), *lease, b)) return std::move(*done);
  }
  return commit_error::unavailable;
}

postgres_commit_writer::attempted postgres_commit_writer::attempt(const context& ctx,
                                                                  postgres_pool::lease& lease,
                                                                  const batch& b) {
  try {
    if (lease.is_new()) lease->run(settings);
    return apply(ctx, *lease, b);
  } catch (const postgres_error& e) {
    if (!roll_back(*lease) || lease.is_new()) lease.spoil();
    // An idle session may have broken long ago: retry on a new one.
    if (e.broken() && !lease.is_new()) return std::nullopt;
    return failed(e);
  }
}

postgres_commit_writer::attempted postgres_commit_writer::apply(const context& ctx,
                                                                postgres_session& s,
                                                                const batch& b) {
  auto row = begin(s, ctx, serializable, lock_ledger);
  if (!row.next() || row.count(0) != b.id.epoch) {
    roll_back(s);
    return commit_error::fenced;
  }
  const bool others_wrote = epoch_ != b.id.epoch || view_.last_sequence() != row.count(1);
  if (others_wrote) view_.forget();
  view_.stand_at(row.count(1));
  head_ = row.hash(2);
  const wall_time next_at = row.time(3);
  epoch_ = 0;  // until committed, the accounts are not as stored
  view_.load(s, b.entries);
  batch_draft d(view_, ledger_time{.next = next_at}.of_next(b.at));
  if (!d.add(b.entries)) {
    roll_back(s);
    return commit_error::violated;
  }
  write_draft(s, view_, d, d.seal(hasher_, head_, b.id));
  try {
    s.run("COMMIT");
  } catch (const postgres_error& e) {
    roll_back(s);
    return failed_to_commit(e);
  }
  view_.keep(d);
  epoch_ = b.id.epoch;
  return d.take_committed();
}

std::optional<failure> postgres_commit_writer::close_past(const context& ctx, wall_time before) {
  const std::string write = "UPDATE ledger SET next_at = greatest(next_at, at_ms(" +
                            std::to_string(before.time_since_epoch().count()) + "))";
  while (true) {
    auto lease = pool_.take(ctx);
    if (!lease) return lease.error();
    try {
      const postgres_watch watch(ctx, **lease, at_end::cancel);
      if (lease->is_new()) (*lease)->run(settings);
      if (auto end = ended(ctx)) return end;
      (*lease)->run(write);
      return std::nullopt;
    } catch (const postgres_error& e) {
      if (e.broken() || lease->is_new()) lease->spoil();
      if (auto end = ended(ctx)) return end;
      const bool stale = e.broken() && !lease->is_new();
      if (!stale && !e.is_conflict())
        return failure{errc::store_unavailable, outcome::none,
                       std::string("PostgreSQL: ") + e.what()};
    }
  }
}

/// A transaction whose connection breaks before COMMIT was sent is rolled back.
postgres_commit_writer::attempted postgres_commit_writer::failed(const postgres_error& e) noexcept {
  if (e.is_conflict()) return std::nullopt;
  return e.is_violation() ? commit_error::violated : commit_error::unavailable;
}

/// An error answer to COMMIT on a working connection is a refusal.
postgres_commit_writer::attempted postgres_commit_writer::failed_to_commit(
    const postgres_error& e) noexcept {
  if (e.broken() || e.state().empty()) return commit_error::unknown;
  return failed(e);
}

}  // namespace bank::storage
