#include "lifeline/work/job_keeper.hpp"

namespace lifeline {

bool job_keeper::write(const job_record& r) {
  const auto scope = with_timeout(root_, limit_);
  if (store_.update(scope.ctx(), r)) return true;
  const std::lock_guard lock(mutex_);
  ++refused_;
  return false;
}

void job_keeper::settle(const std::string& id, bool written) {
  const std::lock_guard lock(mutex_);
  if (written) {
    unwritten_.erase(id);
  } else {
    unwritten_.at(id).refused = true;
  }
}

void job_keeper::keep(const job_record& r) {
  {
    const std::lock_guard lock(mutex_);
    unwritten_[r.id] = {r};
  }
  settle(r.id, write(r));
}

void job_keeper::keep_again() {
  const std::unique_lock again(again_, std::try_to_lock);
  if (!again) return;
  std::vector<job_record> refused;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, last] : unwritten_)
      if (last.refused) refused.push_back(last.record);
  }
  for (const auto& r : refused) {
    if (!write(r)) return;
    settle(r.id, true);
  }
}

job_stored<std::optional<job_record>> job_keeper::find(const context& ctx,
                                                       const std::string& id) const {
  {
    const std::lock_guard lock(mutex_);
    if (const auto r = unwritten_.find(id); r != unwritten_.end())
      return std::optional(r->second.record);
  }
  return store_.find(ctx, id);
}

job_stored<std::vector<job_record>> job_keeper::list(const context& ctx, const job_query& q) const {
  auto page = store_.list(ctx, q);
  if (!page) return page;
  const std::lock_guard lock(mutex_);
  for (auto& r : *page)
    if (const auto u = unwritten_.find(r.id); u != unwritten_.end())
      r = without_texts(u->second.record);
  return page;
}

std::uint64_t job_keeper::refused() const {
  const std::lock_guard lock(mutex_);
  return refused_;
}

}  // namespace lifeline
