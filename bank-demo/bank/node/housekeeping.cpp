#include "bank/node/housekeeping.hpp"

#include <spdlog/spdlog.h>

namespace bank::node {
namespace {

using lifeline::context;
using lifeline::error;

constexpr std::size_t jobs_at_once = 100;

void tell(const char* what, std::uint64_t count) {
  if (count != 0) spdlog::info("housekeeping: deleted {} {}", count, what);
}

error failed(const char* what, const std::string& why) {
  spdlog::warn("housekeeping: {} can't be deleted: {}", what, why);
  return {make_error_code(std::errc::io_error), why};
}

error forget_keys(const context& ctx, lifeline::ledger::ledger_store& books,
                  lifeline::wall_time before) {
  const auto deleted = books.forget_keys(ctx, before);
  if (!deleted) return failed("idempotency keys", deleted.error().detail);
  tell("idempotency keys", *deleted);
  return {};
}

error forget_jobs(const context& ctx, lifeline::job_store& jobs, lifeline::wall_time before) {
  std::uint64_t all = 0;
  for (std::size_t some = jobs_at_once; some == jobs_at_once; all += some) {
    const auto deleted = jobs.forget(ctx, before, jobs_at_once);
    if (!deleted) return failed("old jobs", deleted.error().message());
    some = *deleted;
  }
  tell("old jobs", all);
  return {};
}

}  // namespace

lifeline::round_function housekeeping_rounds(lifeline::runtime& rt,
                                             lifeline::ledger::ledger_store& books,
                                             lifeline::job_store& jobs,
                                             const background_options& options) {
  return [&rt, &books, &jobs, options](const lifeline::tick& t) {
    const auto now = rt.time().wall_now();
    const auto item = [&](auto f) {
      t.item(blocking_item(t.self(), rt.blocking(), lifeline::lane::background, std::move(f)));
    };
    item([&books, before = now - options.keep_keys](const context& ctx) {
      return forget_keys(ctx, books, before);
    });
    item([&jobs, before = now - options.keep_jobs](const context& ctx) {
      return forget_jobs(ctx, jobs, before);
    });
  };
}

}  // namespace bank::node
