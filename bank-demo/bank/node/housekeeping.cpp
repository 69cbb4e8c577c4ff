#include "bank/node/housekeeping.hpp"
#include "bank/api/observe/log.hpp"

#include <algorithm>
#include <memory>

namespace bank::node {
namespace {

using lifeline::context;
using lifeline::error;

constexpr std::size_t jobs_at_once = 100;
constexpr std::size_t rows_at_once = 2'000;

/// Calendar time that never passes faster than steady time, so that a clock set ahead does not
/// expire data early. Used by one thread at a time.
class steady_calendar {
 public:
  explicit steady_calendar(const lifeline::clock& time)
      : time_(time), wall_(time.wall_now()), read_at_(time.now()) {}

  lifeline::wall_time now() {
    const auto at = time_.now();
    const auto passed = std::chrono::floor<std::chrono::milliseconds>(at - read_at_);
    wall_ = std::min(time_.wall_now(), wall_ + passed);
    read_at_ = at;
    return wall_;
  }

 private:
  const lifeline::clock& time_;
  lifeline::wall_time wall_;
  lifeline::time_point read_at_;
};

void tell(const char* what, std::uint64_t count) {
  if (count != 0) log::info("housekeeping: deleted {} {}", count, what);
}

error failed(const char* what, const std::string& why) {
  log::warn("housekeeping: {} can't be deleted: {}", what, why);
  return {make_error_code(std::errc::io_error), why};
}

error forget_keys(const context& ctx, lifeline::ledger::journal_store& books,
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

error forget_requests(const context& ctx, storage::request_store& requests,
                      lifeline::wall_time before) {
  std::uint64_t all = 0;
  for (std::uint64_t some = rows_at_once; some == rows_at_once; all += some) {
    const auto deleted = requests.forget(ctx, before, rows_at_once);
    if (!deleted) return failed("old rows of the request log", deleted.error().detail);
    some = *deleted;
  }
  tell("old rows of the request log", all);
  return {};
}

}  // namespace

lifeline::round_function housekeeping_rounds(lifeline::runtime& rt,
                                             lifeline::ledger::journal_store& books,
                                             lifeline::job_store& jobs,
                                             const background_options& options,
                                             storage::request_store* requests) {
  const auto calendar = std::make_shared<steady_calendar>(rt.time());
  return [&rt, &books, &jobs, options, requests, calendar](const lifeline::tick& t) {
    const auto now = calendar->now();
    const auto item = [&](auto f) {
      t.item(blocking_item(t.self(), rt.blocking(), lifeline::lane::background, std::move(f)));
    };
    item([&books, before = now - options.keep_keys](const context& ctx) {
      return forget_keys(ctx, books, before);
    });
    item([&jobs, before = now - options.keep_jobs](const context& ctx) {
      return forget_jobs(ctx, jobs, before);
    });
    if (requests == nullptr) return;
    item([requests, before = now - options.keep_requests](const context& ctx) {
      return forget_requests(ctx, *requests, before);
    });
  };
}

}  // namespace bank::node
