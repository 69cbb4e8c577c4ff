#pragma once

#include <map>
#include <thread>

#include "api/server_fixture.hpp"
#include "lifeline/context/merge.hpp"
#include "lifeline/context/watch.hpp"
#include "lifeline/work/memory_job_store.hpp"
#include "node/scratch_folder.hpp"

namespace bank::api::testing {

/// A server with a job pool controlled by the test: a job waits until the test lets it end, or is
/// cancelled, and returns its input.
class jobs_fixture : public server_fixture {
 protected:
  explicit jobs_fixture(std::size_t workers = 2, std::size_t queue = 3,
                        const lifeline::ledger::ledger_secret& secret = {})
      : server_fixture(lifeline::process_clock(), secret) {
    lifeline::job_pool_options o;
    o.workers = workers;
    o.queue = queue;
    std::map<std::string, lifeline::job_kind> kinds;
    for (const auto* kind : {"verify", "reconcile", "statement", "import"})
      kinds[kind] = {
          [this](const lifeline::context& ctx, const lifeline::job& j) { return work(ctx, j); },
          true};
    pool_ = std::make_unique<lifeline::job_pool>(rt_.background(), kept_, std::move(kinds), o);
    jobs_.emplace(*pool_, &files_);
  }
  ~jobs_fixture() override {
    client_.reset();
    server_.reset();
    free_.cancel();
    pool_.reset();
  }

  /// Lets running jobs end; later ones need not wait.
  void let_jobs_end() { free_.cancel(); }
  std::string submit(const std::string& body, const std::string& token) {
    const reply r = post("/v1/jobs", token, body);
    EXPECT_EQ(r.status, 202U) << r.body;
    return r.text("id");
  }
  std::string submit(const std::string& body) { return submit(body, admin_); }
  /// Waits until the job has this state.
  reply wait_for_state(const std::string& id, std::string_view state) {
    for (;;) {
      reply r = get("/v1/jobs/" + id, admin_);
      if (r.status != 200 || r.text("state") == state) return r;
      std::this_thread::yield();
    }
  }

  node::testing::scratch_folder folder_;
  storage::job_files files_{folder_ / "files"};
  lifeline::memory_job_store kept_;
  std::unique_ptr<lifeline::job_pool> pool_;

 private:
  lifeline::job_result work(const lifeline::context& ctx, const lifeline::job& j) {
    j.progress(0.5);
    const auto either = merge(free_.ctx(), ctx);
    wait(either.ctx());
    if (ctx.done()) return ctx.cause();
    return R"({"did":)" + j.input() + '}';
  }

  lifeline::cancel_scope free_ = with_cancel(lifeline::background());
};

}  // namespace bank::api::testing
