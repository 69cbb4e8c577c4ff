#include "lifeline/supervision/shutdown_sequence.hpp"

#include <deque>
#include <map>
#include <mutex>
#include <optional>

#include "lifeline/context/watch.hpp"

namespace lifeline {

/// Events arrive on any thread, under the lock. The resulting actions are carried out one by one on
/// the clock's thread, without the lock.
class shutdown_sequence::machine : public std::enable_shared_from_this<machine> {
 public:
  machine(const context& root, std::vector<shutdown_phase> phases,
          std::function<void(const shutdown_progress&)> on_progress)
      : root_(without_cancel(root)),
        on_progress_(std::move(on_progress)),
        over_(with_cancel(root_)),
        plan_(std::move(phases)) {}

  shutdown_task_id add(std::string_view phase, std::string name, stop_function stop) {
    const std::lock_guard lock(mutex_);
    const auto id = plan_.add(phase, std::move(name));
    if (!id) return 0;
    tasks_.try_emplace(*id).first->second.stop = std::move(stop);
    take(plan_.proceed(now()));
    return *id;
  }
  void stopped(shutdown_task_id id) {
    const std::lock_guard lock(mutex_);
    take(plan_.stopped(id, now()));
  }
  void begin(duration budget) {
    const std::lock_guard lock(mutex_);
    take(plan_.begin(budget, now()));
  }
  void hurry() {
    const std::lock_guard lock(mutex_);
    take(plan_.hurry(now()));
  }
  void proceed() {
    const std::lock_guard lock(mutex_);
    take(plan_.proceed(now()));
  }
  shutdown_result result() const {
    const std::lock_guard lock(mutex_);
    return result_;
  }
  const context& over() const noexcept { return over_.ctx(); }

 private:
  struct task {
    stop_function stop;
    std::optional<cancel_scope> scope;
  };
  struct token {
    std::weak_ptr<machine> where;
    shutdown_task_id id;

    token(std::weak_ptr<machine> m, shutdown_task_id t) : where(std::move(m)), id(t) {}
    token(const token&) = delete;
    token& operator=(const token&) = delete;
    ~token() {
      if (const auto m = where.lock()) m->stopped(id);
    }
  };

  time_point now() const noexcept { return root_.time().now(); }

  /// Call under the lock.
  void take(shutdown_actions actions) {
    const bool was_idle = actions_.empty();
    for (auto& o : actions) actions_.push_back(std::move(o));
    arm();
    if (was_idle && !actions_.empty())
      root_.time().post([self = shared_from_this()] { self->carry_out_all(); });
  }

  void arm() {
    const auto due = plan_.next_due();
    if (due == armed_for_) return;
    armed_for_ = due;
    due_action_.stop();
    due_.reset();
    if (!due) return;
    due_.emplace(with_deadline(root_, *due));
    due_action_ = after_func(due_->ctx(), [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->proceed();
    });
  }

  /// Runs on the clock's thread.
  void carry_out_all() {
    for (auto o = next(); o; o = next())
      std::visit([this](const auto& one) { carry_out(one); }, *o);
  }
  std::optional<shutdown_action> next() {
    const std::lock_guard lock(mutex_);
    if (actions_.empty()) return std::nullopt;
    std::optional<shutdown_action> first(std::move(actions_.front()));
    actions_.pop_front();
    return first;
  }

  void carry_out(const action::stop_task& o) {
    auto stop = begin_to_stop(o);
    if (!stop.first) return;
    stop.first(*stop.second, std::make_shared<token>(weak_from_this(), o.task));
  }
  /// Empty if the task was withdrawn meanwhile.
  std::pair<stop_function, std::optional<context>> begin_to_stop(const action::stop_task& o) {
    const std::lock_guard lock(mutex_);
    const auto found = tasks_.find(o.task);
    if (found == tasks_.end()) return {};
    auto& scope = found->second.scope.emplace(with_deadline(root_, o.cancel_at));
    return {std::move(found->second.stop), scope.ctx()};
  }
  void carry_out(const action::cancel_task& o) { end_context(o.task, false); }
  void carry_out(const action::forget_task& o) { end_context(o.task, true); }
  /// Call without the lock: watchers of the context may call the sequence.
  void end_context(shutdown_task_id id, bool forget) {
    task ended;
    const std::lock_guard lock(mutex_);
    const auto found = tasks_.find(id);
    if (found == tasks_.end()) return;
    ended = std::move(found->second);
    if (forget) tasks_.erase(found);
  }
  void carry_out(const action::report_progress& o) {
    if (on_progress_) on_progress_({o.what, o.phase, o.task});
  }
  void carry_out(const action::end_shutdown& o) {
    {
      const std::lock_guard lock(mutex_);
      result_ = o.result;
    }
    over_.cancel();
  }

  const context root_;
  const std::function<void(const shutdown_progress&)> on_progress_;
  cancel_scope over_;
  mutable std::mutex mutex_;
  shutdown_plan plan_;
  std::map<shutdown_task_id, task> tasks_;
  std::deque<shutdown_action> actions_;
  shutdown_result result_;
  std::optional<time_point> armed_for_;
  std::optional<cancel_scope> due_;
  after_func_handle due_action_;
};

shutdown_sequence::registration& shutdown_sequence::registration::operator=(
    registration&& other) noexcept {
  if (this != &other) {
    withdraw();
    machine_ = std::move(other.machine_);
    task_ = std::exchange(other.task_, 0);
  }
  return *this;
}

void shutdown_sequence::registration::withdraw() noexcept {
  const auto task = std::exchange(task_, 0);
  if (task == 0) return;
  if (const auto m = machine_.lock()) m->stopped(task);
}

shutdown_sequence::shutdown_sequence(const context& root, std::vector<shutdown_phase> phases,
                                     std::function<void(const shutdown_progress&)> on_progress)
    : machine_(std::make_shared<machine>(root, std::move(phases), std::move(on_progress))) {}

shutdown_sequence::~shutdown_sequence() = default;

shutdown_sequence::registration shutdown_sequence::add(std::string_view phase, std::string name,
                                                       stop_function stop) {
  const auto id = machine_->add(phase, std::move(name), std::move(stop));
  return {machine_, id};
}

void shutdown_sequence::begin(duration budget) { machine_->begin(budget); }
void shutdown_sequence::hurry() { machine_->hurry(); }
const context& shutdown_sequence::over() const noexcept { return machine_->over(); }
shutdown_result shutdown_sequence::result() const { return machine_->result(); }

}  // namespace lifeline
