#include "lifeline/work/detail/job_machine.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <random>

#include "lifeline/actor/blocking.hpp"
#include "lifeline/context/merge.hpp"

namespace lifeline::detail {

namespace {

std::string name_of(const job_record& j) { return j.kind + ' ' + j.id; }

/// Differs in every process, so that ids of two processes never collide.
std::string id_prefix() {
  std::random_device random;
  std::array<char, 20> text{};
  std::snprintf(text.data(), text.size(), "%08x%08x-", random(), random());
  return text.data();
}

job_result call(const job_function& f, const context& ctx, const job& j) {
  if (ctx.done()) return ctx.cause();
  try {
    return f(ctx, j);
  } catch (...) {
    return thrown_error();
  }
}

}  // namespace

job_machine::job_machine(context root, job_store& store, std::map<std::string, job_kind> kinds,
                         job_pool_options options)
    : root_(std::move(root)),
      store_(store),
      keeper_(store, root_.time(), options.store_limit),
      kinds_(std::move(kinds)),
      options_(std::move(options)),
      drained_(with_cancel(background(root_.time()))),
      prefix_(id_prefix()),
      roster_(options_.workers, options_.queue) {}

// -- coming --------------------------------------------------------------------------------------

job_record job_machine::record_of(job_request r) {
  job_record made;
  made.kind = std::move(r.kind);
  made.owner = std::move(r.owner);
  made.input = std::move(r.input);
  made.limit = r.limit.value_or(options_.limit);
  made.created = wall_now();
  made.id = std::move(r.id);
  if (made.id.empty()) {
    const std::lock_guard lock(mutex_);
    made.id = prefix_ + std::to_string(++last_id_);
  }
  return made;
}

job_stored<std::string> job_machine::submit(const context& ctx, job_request r) {
  if (ctx.done()) return ctx.cause();
  if (!kinds_.contains(r.kind))
    return error(make_error_code(std::errc::invalid_argument), "unknown job kind '" + r.kind + "'");
  {
    const std::lock_guard lock(mutex_);
    if (root_.done()) close_roster();
    if (roster_.closed())
      return error(make_error_code(errc::unreachable), "the job pool is stopping");
    if (!roster_.reserve()) {
      ++figures_.refused;
      return error(make_error_code(errc::overloaded), "the job queue is full");
    }
  }
  job_record made = record_of(std::move(r));
  const std::string id = made.id;
  const auto created = store_.create(ctx, made);
  if (!created) {
    const std::lock_guard lock(mutex_);
    roster_.give_back();
    return created.error();
  }
  tell(made);
  {
    const auto j = std::make_shared<live_job>(std::move(made), merge(without_cancel(ctx), root_));
    const std::lock_guard lock(mutex_);
    if (!roster_.take_place(id))
      return {boost::system::in_place_value,
              id};  // the pool is stopping: the job waits in the store
    enter(j);
  }
  call_worker();
  return {boost::system::in_place_value, id};
}

/// Why an unfinished job can't run again; empty if it can.
std::string job_machine::why_not_again(const job_record& r) const {
  const auto kind = kinds_.find(r.kind);
  if (kind == kinds_.end()) return "unknown job kind '" + r.kind + "'";
  if (r.state == job_state::queued) return {};
  if (!kind->second.resumable) return "interrupted by the end of the process";
  if (r.attempts >= options_.attempts)
    return "interrupted " + std::to_string(r.attempts) + " times";
  return {};
}

job_stored<job_recovery> job_machine::recover(const context& ctx) {
  const auto found = store_.unfinished(ctx);
  if (!found) return found.error();
  job_recovery recovery;
  for (job_record r : *found) {
    if (auto why = why_not_again(r); !why.empty()) {
      recovery.interrupted.push_back(r.id);
      interrupt(std::move(r), std::move(why));
      continue;
    }
    const bool had_begun = std::exchange(r.state, job_state::queued) != job_state::queued;
    if (had_begun) tell(r);
    recovery.queued.push_back(r.id);
    const auto j = std::make_shared<live_job>(std::move(r), with_cancel(root_));
    const std::lock_guard lock(mutex_);
    if (roster_.enqueue(j->record.id)) enter(j);
  }
  for (std::size_t i = 0; i < recovery.queued.size(); ++i) call_worker();
  return recovery;
}

void job_machine::interrupt(job_record r, std::string why) {
  r.state = job_state::interrupted;
  r.failure = std::move(why);
  r.ended = wall_now();
  keeper_.keep(r);
  count_end(r.state);
  tell(r);
}

// -- running -------------------------------------------------------------------------------------

/// Starts one more worker if one is missing. If the door is full, the next job tries again.
void job_machine::call_worker() {
  {
    const std::lock_guard lock(mutex_);
    const std::size_t wanted = roster_.waiting() + roster_.running().size();
    if (workers_called_ >= std::min(options_.workers, wanted)) return;
    ++workers_called_;
  }
  const bool called = door_->submit(lane::background, [weak = weak_from_this()] {
    if (const auto m = weak.lock()) m->work();
  });
  if (called) return;
  const std::lock_guard lock(mutex_);
  --workers_called_;
}

void job_machine::work() {
  while (const live j = take_next()) run(j);
}

job_machine::live job_machine::take_next() {
  {
    const std::lock_guard lock(mutex_);
    if (root_.done()) close_roster();
    if (const auto id = roster_.start_next()) return jobs_.at(*id);
    --workers_called_;
  }
  say_if_drained();
  return nullptr;
}

void job_machine::run(const live& j) {
  const job_record begun = begin(j);
  const auto scope = with_timeout(j->life.ctx(), begun.limit);
  const job handle(begun, [this, &j](double done) { progress(j, done); });
  finish(j, call(kinds_.at(begun.kind).run, scope.ctx(), handle));
  keeper_.keep_again();
}

job_record job_machine::begin(const live& j) {
  const std::lock_guard writing(j->write_mutex);
  job_record begun;
  {
    const std::lock_guard lock(mutex_);
    auto& r = j->record;
    r.state = job_state::running;
    r.started = wall_now();
    ++r.attempts;
    begun = r;
  }
  keeper_.note(begun);
  tell(begun);
  return begun;
}

void job_machine::progress(const live& j, double done) {
  const time_point now = root_.time().now();
  {
    const std::lock_guard lock(mutex_);
    j->record.progress = done >= 0 ? std::min(done, 1.0) : 0;  // NaN counts as 0
    if (j->reported && now < time_after(*j->reported, options_.progress_every)) return;
    j->reported = now;
  }
  const std::lock_guard writing(j->write_mutex);
  if (j->over) return;
  job_record r;
  {
    const std::lock_guard lock(mutex_);
    r = j->record;
  }
  keeper_.note(r);
  tell(r);
}

void job_machine::finish(const live& j, const job_result& got) {
  job_record r;
  {
    const std::lock_guard writing(j->write_mutex);
    j->over = true;
    {
      const std::lock_guard lock(mutex_);
      judge(*j, got);
      r = j->record;
    }
    keeper_.keep(r);
    count_end(r.state);
    tell(r);
  }
  leave(j);
}

/// Call under the lock. A resumable job stopped in order waits for the next start.
void job_machine::judge(live_job& j, const job_result& got) const {
  auto& r = j.record;
  const bool stopped = j.why == cut::stopped || (j.why == cut::none && root_.done());
  if (got.failed() && stopped && kinds_.at(r.kind).resumable) {
    r.state = job_state::queued;
    --r.attempts;
    return;
  }
  r.ended = wall_now();
  if (!got.failed()) {
    r.state = job_state::succeeded;
    r.progress = 1;
    r.result = got.text();
    return;
  }
  r.failure = got.failure().message();
  r.state = stopped                   ? job_state::interrupted
            : j.why == cut::cancelled ? job_state::cancelled
                                      : job_state::failed;
}

void job_machine::leave(const live& j) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.erase(j->record.id);
    roster_.ended(j->record.id);
  }
  say_if_drained();
}

void job_machine::forget(const live& j) {
  const std::lock_guard lock(mutex_);
  jobs_.erase(j->record.id);
}

void job_machine::count_end(job_state s) {
  const std::lock_guard lock(mutex_);
  if (s == job_state::succeeded) ++figures_.succeeded;
  if (s == job_state::failed) ++figures_.failed;
  if (s == job_state::cancelled) ++figures_.cancelled;
  if (s == job_state::interrupted) ++figures_.interrupted;
}

job_stored<std::optional<job_record>> job_machine::find(const context& ctx,
                                                        const std::string& id) const {
  {
    const std::lock_guard lock(mutex_);
    if (const auto j = jobs_.find(id); j != jobs_.end()) return std::optional(j->second->record);
  }
  auto kept = keeper_.find(ctx, id);
  const bool linked = kept && *kept && (*kept)->id != id;
  if (!linked) return kept;
  const std::string own = (*kept)->id;
  return find(ctx, own);
}

job_stored<std::vector<job_record>> job_machine::list(const context& ctx,
                                                      const job_query& q) const {
  auto page = keeper_.list(ctx, q);
  if (!page) return page;
  const std::lock_guard lock(mutex_);
  for (auto& r : *page)
    if (const auto j = jobs_.find(r.id); j != jobs_.end()) r = without_texts(j->second->record);
  return page;
}

// -- ending --------------------------------------------------------------------------------------

job_cancel job_machine::cancel(const std::string& id) {
  live j;
  job_cancel answer = job_cancel::unknown;
  {
    const std::lock_guard lock(mutex_);
    answer = roster_.cancel(id);
    if (answer == job_cancel::unknown) return answer;
    j = jobs_.at(id);
    if (j->why == cut::none) j->why = cut::cancelled;
    if (answer == job_cancel::dropped) {
      j->record.state = job_state::cancelled;
      j->record.ended = wall_now();
    }
  }
  j->life.cancel(error("the job was cancelled"));
  if (answer == job_cancel::dropped) {
    keeper_.keep(j->record);
    forget(j);
    count_end(job_state::cancelled);
    tell(j->record);
  }
  return answer;
}

/// Call under the lock. Waiting jobs stay in the store.
void job_machine::close_roster() {
  for (const auto& id : roster_.close()) jobs_.erase(id);
}

/// Call without the lock: listeners may call the pool.
void job_machine::say_if_drained() {
  bool drained = false;
  {
    const std::lock_guard lock(mutex_);
    drained = roster_.drained();
  }
  if (drained) drained_.cancel();
}

void job_machine::close() {
  {
    const std::lock_guard lock(mutex_);
    close_roster();
  }
  say_if_drained();
}

std::vector<std::string> job_machine::cut_off() {
  std::vector<live> some;
  std::vector<std::string> names;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& id : roster_.running()) {
      some.push_back(jobs_.at(id));
      names.push_back(name_of(some.back()->record));
      if (some.back()->why == cut::none) some.back()->why = cut::stopped;
    }
  }
  for (const auto& j : some) j->life.cancel(error("the job pool is stopping"));
  return names;
}

std::vector<job_record> job_machine::active() const {
  const std::lock_guard lock(mutex_);
  std::vector<job_record> all;
  for (const auto& [id, j] : jobs_) all.push_back(j->record);
  return all;
}

job_pool_figures job_machine::figures() const {
  const std::lock_guard lock(mutex_);
  auto now = figures_;
  now.waiting = roster_.waiting();
  now.running = roster_.running().size();
  now.unkept = keeper_.refused();
  return now;
}

}  // namespace lifeline::detail
