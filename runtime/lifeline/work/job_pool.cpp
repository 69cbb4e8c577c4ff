#include "lifeline/work/job_pool.hpp"

#include <array>
#include <utility>

#include "lifeline/actor/blocking.hpp"
#include "lifeline/context/merge.hpp"
#include "lifeline/context/watch.hpp"
#include "lifeline/work/detail/job_machine.hpp"

namespace lifeline {

job_pool::job_pool(const context& root, job_store& store, std::map<std::string, job_kind> kinds,
                   job_pool_options options, blocking_door* door) {
  const std::size_t workers = options.workers;
  machine_ =
      std::make_shared<detail::job_machine>(root, store, std::move(kinds), std::move(options));
  constexpr lane_options none{0, 0};
  if (door == nullptr)
    threads_ = std::make_unique<thread_door>(
        std::array{none, none, lane_options{workers, workers}, none, none});
  machine_->use(door != nullptr ? *door : *threads_);
}

job_pool::~job_pool() {
  machine_->close();
  machine_->cut_off();
  wait(drained());
  machine_->keep_again();
}

job_stored<job_recovery> job_pool::recover(const context& ctx) { return machine_->recover(ctx); }
job_stored<std::string> job_pool::submit(const context& ctx, job_request request) {
  return machine_->submit(ctx, std::move(request));
}
job_cancel job_pool::cancel(const context&, const std::string& id) { return machine_->cancel(id); }
job_stored<void> job_pool::link(const context& ctx, const std::string& other,
                                const std::string& id) {
  return machine_->link(ctx, other, id);
}

job_stored<std::optional<job_record>> job_pool::find(const context& ctx,
                                                     const std::string& id) const {
  return machine_->find(ctx, id);
}
job_stored<std::vector<job_record>> job_pool::list(const context& ctx, const job_query& q) const {
  return machine_->list(ctx, q);
}
std::vector<job_record> job_pool::active() const { return machine_->active(); }
job_pool_figures job_pool::figures() const { return machine_->figures(); }
const context& job_pool::drained() const noexcept { return machine_->drained(); }

std::vector<std::string> job_pool::shutdown(const context& ctx) {
  machine_->close();
  {
    const auto either = merge(drained(), ctx);
    wait(either.ctx());
  }
  return machine_->cut_off();
}

stop_function job_pool::stopping() {
  return [m = machine_](const context& ctx, const still_stopping& token) {
    m->close();
    after_func(m->drained(), [token] {});
    after_func(ctx, [m] { m->cut_off(); });
  };
}

}  // namespace lifeline
