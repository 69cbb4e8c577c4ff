#include "lifeline/work/memory_job_store.hpp"

#include <gtest/gtest.h>

namespace lifeline {
namespace {

struct memory_job_store_test : ::testing::Test {
  static job_record job(const std::string& id, const std::string& owner = "alice",
                        job_state state = job_state::queued) {
    job_record r;
    r.id = id;
    r.kind = id.substr(0, 1) == "v" ? "verify" : "import";
    r.owner = owner;
    r.state = state;
    return r;
  }
  void create(const job_record& r) { ASSERT_TRUE(store.create(ctx, r)); }
  std::string ids(const job_stored<std::vector<job_record>>& some) {
    std::string text;
    for (const auto& r : *some) text += (text.empty() ? "" : " ") + r.id;
    return text;
  }

  memory_job_store store;
  context ctx = background();
};

TEST_F(memory_job_store_test, keeps_all_that_is_known_of_a_job) {
  auto r = job("a");
  create(r);
  EXPECT_EQ(**store.find(ctx, "a"), r);
  r.state = job_state::failed;
  r.failure = "row 7 is no number";
  r.progress = 0.5;
  ASSERT_TRUE(store.update(ctx, r));
  EXPECT_EQ(**store.find(ctx, "a"), r);
  EXPECT_EQ(*store.find(ctx, "b"), std::nullopt);
}

TEST_F(memory_job_store_test, refuses_a_known_id_and_an_unknown_job) {
  create(job("a"));
  EXPECT_EQ(store.create(ctx, job("a", "bob")).error().code(), std::errc::file_exists);
  EXPECT_EQ((*store.find(ctx, "a"))->owner, "alice");
  EXPECT_EQ(store.update(ctx, job("b")).error().code(), std::errc::no_such_file_or_directory);
}

TEST_F(memory_job_store_test, lists_the_newest_first_page_by_page) {
  for (const auto* id : {"a", "b", "c", "d", "e"}) create(job(id));
  EXPECT_EQ(ids(store.list(ctx, {})), "e d c b a");
  job_query q;
  q.most = 2;
  EXPECT_EQ(ids(store.list(ctx, q)), "e d");
  q.behind = "d";
  EXPECT_EQ(ids(store.list(ctx, q)), "c b");
  q.behind = "a";
  EXPECT_EQ(ids(store.list(ctx, q)), "");
  q.behind = "unknown";
  EXPECT_EQ(ids(store.list(ctx, q)), "");
}

TEST_F(memory_job_store_test, lists_by_owner_and_kind) {
  create(job("a", "alice"));
  create(job("v1", "bob"));
  create(job("v2", "alice"));
  job_query q;
  q.owner = "alice";
  EXPECT_EQ(ids(store.list(ctx, q)), "v2 a");
  q.kind = "verify";
  EXPECT_EQ(ids(store.list(ctx, q)), "v2");
}

TEST_F(memory_job_store_test, finds_what_is_unfinished_the_oldest_first) {
  create(job("a", "x", job_state::running));
  create(job("b", "x", job_state::succeeded));
  create(job("c", "x", job_state::queued));
  create(job("d", "x", job_state::interrupted));
  EXPECT_EQ(ids(store.unfinished(ctx)), "a c");
}

TEST_F(memory_job_store_test, does_nothing_for_a_context_that_is_done) {
  auto scope = with_cancel(ctx);
  scope.cancel();
  EXPECT_EQ(store.create(scope.ctx(), job("a")).error().code(), errc::canceled);
  EXPECT_EQ(store.update(scope.ctx(), job("a")).error().code(), errc::canceled);
  EXPECT_EQ(store.find(scope.ctx(), "a").error().code(), errc::canceled);
  EXPECT_EQ(store.list(scope.ctx(), {}).error().code(), errc::canceled);
  EXPECT_EQ(store.unfinished(scope.ctx()).error().code(), errc::canceled);
  EXPECT_EQ(*store.find(ctx, "a"), std::nullopt);
}

TEST(a_job_state, is_found_by_its_name) {
  for (const job_state s : {job_state::queued, job_state::running, job_state::succeeded,
                            job_state::failed, job_state::cancelled, job_state::interrupted})
    EXPECT_EQ(job_state_of(to_string(s)), s);
  EXPECT_EQ(job_state_of("done"), std::nullopt);
}

}  // namespace
}  // namespace lifeline
