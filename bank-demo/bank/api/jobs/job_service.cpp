#include "bank/api/jobs/job_service.hpp"

#include <utility>

namespace bank::api {

using lifeline::context;
using lifeline::error;
using lifeline::job_record;
using lifeline::ledger::outcome;

namespace {

problem problem_of(const error& e) {
  if (e.code() == lifeline::errc::overloaded)
    return {code::overloaded,
            "the job queue is full; retry in 10 s",
            {},
            outcome::none,
            std::chrono::seconds(10)};
  if (e.code() == lifeline::errc::unreachable)
    return {code::shutting_down, "the node is stopping; retry in 1 s", {}, outcome::none, {}};
  if (e.code() == std::errc::invalid_argument) return invalid("kind", e.message());
  if (e.code() == lifeline::errc::canceled)
    return {code::canceled, e.message(), {}, outcome::unknown, {}};
  if (e.code() == lifeline::errc::deadline_exceeded)
    return {
        code::deadline_exceeded, "the job store did not answer in time", {}, outcome::unknown, {}};
  return {
      code::store_unavailable, "the job store failed: " + e.message(), {}, outcome::unknown, {}};
}

bool is_once_at_a_time(const std::string& kind) { return kind == "reconcile"; }

/// The id is derived from the caller and the key; a joined job may belong to another caller.
bool is_asked_again(const job_record& j, const job_wish& w) {
  return j.kind == w.kind && j.input == w.input;
}

/// The job as first answered, whatever its state is now. Repeats get the same answer.
job_record as_submitted(job_record j) {
  j.state = lifeline::job_state::queued;
  j.progress = 0;
  j.attempts = 0;
  j.failure.clear();
  j.result.clear();
  j.started.reset();
  j.ended.reset();
  return j;
}

/// Is it certain that the pool did not keep the job?
bool is_refusal(const error& e) {
  return e.code() == lifeline::errc::overloaded || e.code() == lifeline::errc::unreachable ||
         e.code() == std::errc::invalid_argument;
}

}  // namespace

result<accepted_job> job_service::submit(const context& ctx, job_wish wish) {
  if (is_once_at_a_time(wish.kind)) {
    const std::lock_guard lock(one_at_a_time_);
    return unless_repeated(ctx, wish, &job_service::once_at_a_time);
  }
  if (wish.file.empty()) return unless_repeated(ctx, wish, &job_service::create);
  // Of two requests with one key, the later finds the first one's job and keeps its file untouched.
  const std::lock_guard lock(filing_);
  return unless_repeated(ctx, wish, &job_service::create_with_file);
}

result<accepted_job> job_service::unless_repeated(const context& ctx, const job_wish& wish,
                                                  creation begin) {
  if (wish.has_key) {
    auto known = repeated(ctx, wish.id, wish);
    if (!known || known->replayed) return known;
  }
  return (this->*begin)(ctx, wish);
}

result<bool> job_service::is_known(const context& ctx, const std::string& id) const {
  const auto found = pool_.find(ctx, id);
  if (!found) return problem_of(found.error());
  return found->has_value();
}

result<accepted_job> job_service::repeated(const context& ctx, const std::string& id,
                                           const job_wish& wish) const {
  auto found = pool_.find(ctx, id);
  if (!found) return problem_of(found.error());
  if (!*found) return accepted_job{};
  if (!is_asked_again(**found, wish))
    return problem{code::idempotency_mismatch,
                   "the key was used for another job; send a new key",
                   "Idempotency-Key",
                   {},
                   {}};
  return accepted_job{as_submitted(std::move(**found)), true, false};
}

result<accepted_job> job_service::create(const context& ctx, const job_wish& wish) {
  const auto id = pool_.submit(ctx, {wish.kind, wish.input, wish.owner, wish.id});
  // A concurrent request with the same key was faster.
  if (!id && id.error().code() == std::errc::file_exists) return repeated(ctx, wish.id, wish);
  if (!id) return problem_of(id.error());
  return accepted(ctx, *id);
}

result<accepted_job> job_service::accepted(const context& ctx, const std::string& id) const {
  auto made = find(ctx, id, std::nullopt);
  if (!made) return std::move(made.error());
  return accepted_job{as_submitted(std::move(*made)), false, false};
}

/// If it is unknown whether the job is kept, the file stays: the next start finds out.
result<accepted_job> job_service::create_with_file(const context& ctx, const job_wish& wish) {
  if (files_ == nullptr) return no_such("kind", wish.kind);
  try {
    files_->keep(wish.id, wish.file);
  } catch (const std::exception& e) {
    files_->forget(wish.id);
    return problem{code::store_unavailable, e.what(), {}, outcome::none, {}};
  }
  const auto id = pool_.submit(ctx, {wish.kind, wish.input, wish.owner, wish.id});
  if (id) return accepted(ctx, *id);
  // A concurrent job without a file took the key: this file belongs to no job.
  const bool is_taken = id.error().code() == std::errc::file_exists;
  if (is_taken || is_refusal(id.error())) files_->forget(wish.id);
  return is_taken ? repeated(ctx, wish.id, wish) : problem_of(id.error());
}

result<accepted_job> job_service::once_at_a_time(const context& ctx, const job_wish& wish) {
  auto current = under_way(ctx);
  if (!current) return std::move(current.error());
  if (*current && !wish.restart) return join(ctx, wish, std::move(**current));
  auto made = create(ctx, wish);
  if (!made) return made;
  // After `create`: a full queue must not end the current one.
  if (*current) pool_.cancel(ctx, (*current)->id);
  reconcile_ = made->job.id;
  return made;
}

/// The key is kept, as if the job were its own.
result<accepted_job> job_service::join(const context& ctx, const job_wish& wish,
                                       job_record under_way) {
  if (wish.has_key)
    if (const auto kept = pool_.link(ctx, wish.id, under_way.id); !kept)
      return problem_of(kept.error());
  return accepted_job{as_submitted(std::move(under_way)), false, true};
}

result<std::optional<job_record>> job_service::under_way(const context& ctx) {
  if (!std::exchange(looked_, true))
    for (const job_record& j : pool_.active())
      if (is_once_at_a_time(j.kind)) reconcile_ = j.id;
  if (!reconcile_) return std::optional<job_record>();
  auto found = pool_.find(ctx, *reconcile_);
  if (!found) return problem_of(found.error());
  if (*found && !is_final((*found)->state)) return std::move(*found);
  return std::optional<job_record>();
}

result<job_record> job_service::find(const context& ctx, const std::string& id,
                                     const std::optional<std::string>& owner) const {
  auto found = pool_.find(ctx, id);
  if (!found) return problem_of(found.error());
  if (!*found || (owner && (*found)->owner != *owner)) return no_such("job", id);
  return std::move(**found);
}

result<std::vector<job_record>> job_service::list(const context& ctx,
                                                  const lifeline::job_query& q) const {
  auto page = pool_.list(ctx, q);
  if (!page) return problem_of(page.error());
  return std::move(*page);
}

result<job_record> job_service::cancel(const context& ctx, const std::string& id,
                                       const std::optional<std::string>& owner) {
  const auto known = find(ctx, id, owner);
  if (!known) return known.error();
  {
    const std::lock_guard lock(one_at_a_time_);
    pool_.cancel(ctx, id);
    if (reconcile_ == id) reconcile_.reset();
  }
  auto now = find(ctx, id, owner);
  if (!now || !is_final(now->state) || now->state == lifeline::job_state::cancelled) return now;
  return problem{code::invalid_state,
                 "the job has already ended: " + std::string(to_string(now->state)),
                 {},
                 {},
                 {}};
}

}  // namespace bank::api
