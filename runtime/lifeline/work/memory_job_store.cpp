#include "lifeline/work/memory_job_store.hpp"

#include <set>

namespace lifeline {

job_stored<void> memory_job_store::create(const context& ctx, const job_record& job) {
  if (ctx.done()) return ctx.cause();
  const std::lock_guard lock(mutex_);
  if (!places_.try_emplace(job.id, jobs_.size()).second)
    return error(make_error_code(std::errc::file_exists), "job '" + job.id + "' already exists");
  jobs_.push_back(job);
  return {};
}

job_stored<void> memory_job_store::update(const context& ctx, const job_record& job) {
  if (ctx.done()) return ctx.cause();
  const std::lock_guard lock(mutex_);
  const auto found = places_.find(job.id);
  if (found == places_.end())
    return error(make_error_code(std::errc::no_such_file_or_directory), "no job '" + job.id + "'");
  jobs_[found->second] = job;
  return {};
}

job_stored<std::optional<job_record>> memory_job_store::find(const context& ctx,
                                                             const std::string& id) {
  if (ctx.done()) return ctx.cause();
  const std::lock_guard lock(mutex_);
  const auto link = links_.find(id);
  const auto found = places_.find(link != links_.end() ? link->second : id);
  if (found == places_.end()) return std::optional<job_record>();
  return std::optional(jobs_[found->second]);
}

job_stored<void> memory_job_store::link(const context& ctx, const std::string& other,
                                        const std::string& id) {
  if (ctx.done()) return ctx.cause();
  const std::lock_guard lock(mutex_);
  if (!places_.contains(id))
    return error(make_error_code(std::errc::no_such_file_or_directory), "no job '" + id + "'");
  if (places_.contains(other) || links_.try_emplace(other, id).first->second != id)
    return error(make_error_code(std::errc::file_exists),
                 "id '" + other + "' belongs to another job");
  return {};
}

job_stored<std::vector<job_record>> memory_job_store::list(const context& ctx,
                                                           const job_query& query) {
  if (ctx.done()) return ctx.cause();
  const std::lock_guard lock(mutex_);
  std::size_t end = jobs_.size();
  if (query.behind) {
    const auto found = places_.find(*query.behind);
    end = found != places_.end() ? found->second : 0;
  }
  std::vector<job_record> page;
  while (end > 0 && page.size() < query.most) {
    const auto& job = jobs_[--end];
    if (query.owner && job.owner != *query.owner) continue;
    if (query.kind && job.kind != *query.kind) continue;
    page.push_back(without_texts(job));
  }
  return page;
}

job_stored<std::vector<job_record>> memory_job_store::unfinished(const context& ctx) {
  if (ctx.done()) return ctx.cause();
  const std::lock_guard lock(mutex_);
  std::vector<job_record> some;
  for (const auto& job : jobs_)
    if (!is_final(job.state)) some.push_back(job);
  return some;
}

job_stored<std::size_t> memory_job_store::forget(const context& ctx, wall_time ended_before,
                                                 std::size_t most) {
  if (ctx.done()) return ctx.cause();
  const std::lock_guard lock(mutex_);
  const std::size_t before = jobs_.size();
  std::erase_if(jobs_, [&](const job_record& j) {
    const bool old = most > 0 && is_final(j.state) && j.ended && *j.ended < ended_before;
    most -= old ? 1 : 0;
    return old;
  });
  places_.clear();
  std::set<std::string> kept;
  for (const job_record& j : jobs_) kept.insert(j.id);
  std::erase_if(links_, [&](const auto& link) { return !kept.contains(link.second); });
  for (std::size_t i = 0; i < jobs_.size(); ++i) places_.emplace(jobs_[i].id, i);
  return before - jobs_.size();
}

}  // namespace lifeline
