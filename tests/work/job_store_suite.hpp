#pragma once

#include <gtest/gtest.h>

#include "lifeline/work/job_store.hpp"

namespace lifeline {

/// Tests for every store of jobs; a `Backend` provides one as `store()`.
template <class Backend>
class any_job_store : public ::testing::Test {
 protected:
  static job_record job(const std::string& id, const std::string& owner = "alice",
                        job_state state = job_state::queued) {
    job_record r;
    r.id = id;
    r.kind = id.substr(0, 1) == "v" ? "verify" : "import";
    r.owner = owner;
    r.state = state;
    return r;
  }
  void create(const job_record& r) { ASSERT_TRUE(store().create(ctx, r)); }
  std::string ids(const job_stored<std::vector<job_record>>& some) {
    std::string text;
    for (const auto& r : *some) text += (text.empty() ? "" : " ") + r.id;
    return text;
  }
  job_store& store() { return backend_.store(); }

  context ctx = background();

 private:
  Backend backend_;
};
TYPED_TEST_SUITE_P(any_job_store);

TYPED_TEST_P(any_job_store, keeps_all_that_is_known_of_a_job) {
  auto r = this->job("a");
  r.input = "what was \"asked\"";
  r.limit = std::chrono::minutes(10);
  r.created = wall_time(std::chrono::hours(490'000));
  this->create(r);
  EXPECT_EQ(**this->store().find(this->ctx, "a"), r);
  r.state = job_state::failed;
  r.failure = "row 7 is no number";
  r.progress = 0.5;
  r.attempts = 2;
  r.started = r.created + std::chrono::seconds(1);
  ASSERT_TRUE(this->store().update(this->ctx, r));
  EXPECT_EQ(**this->store().find(this->ctx, "a"), r);
  r.state = job_state::succeeded;
  r.result = R"({"rows":7})";
  r.ended = r.created + std::chrono::seconds(2);
  ASSERT_TRUE(this->store().update(this->ctx, r));
  EXPECT_EQ(**this->store().find(this->ctx, "a"), r);
  EXPECT_EQ(*this->store().find(this->ctx, "b"), std::nullopt);
}

TYPED_TEST_P(any_job_store, refuses_a_known_id_and_an_unknown_job) {
  this->create(this->job("a"));
  EXPECT_EQ(this->store().create(this->ctx, this->job("a", "bob")).error().code(),
            std::errc::file_exists);
  EXPECT_EQ((*this->store().find(this->ctx, "a"))->owner, "alice");
  EXPECT_EQ(this->store().update(this->ctx, this->job("b")).error().code(),
            std::errc::no_such_file_or_directory);
}

TYPED_TEST_P(any_job_store, lists_the_newest_first_page_by_page) {
  for (const auto* id : {"a", "b", "c", "d", "e"}) this->create(this->job(id));
  EXPECT_EQ(this->ids(this->store().list(this->ctx, {})), "e d c b a");
  job_query q;
  q.most = 2;
  EXPECT_EQ(this->ids(this->store().list(this->ctx, q)), "e d");
  q.behind = "d";
  EXPECT_EQ(this->ids(this->store().list(this->ctx, q)), "c b");
  q.behind = "a";
  EXPECT_EQ(this->ids(this->store().list(this->ctx, q)), "");
  q.behind = "unknown";
  EXPECT_EQ(this->ids(this->store().list(this->ctx, q)), "");
}

TYPED_TEST_P(any_job_store, lists_by_owner_and_kind) {
  this->create(this->job("a", "alice"));
  this->create(this->job("v1", "bob"));
  this->create(this->job("v2", "alice"));
  job_query q;
  q.owner = "alice";
  EXPECT_EQ(this->ids(this->store().list(this->ctx, q)), "v2 a");
  q.kind = "verify";
  EXPECT_EQ(this->ids(this->store().list(this->ctx, q)), "v2");
}

TYPED_TEST_P(any_job_store, finds_what_is_unfinished_the_oldest_first) {
  this->create(this->job("a", "x", job_state::running));
  this->create(this->job("b", "x", job_state::succeeded));
  this->create(this->job("c", "x", job_state::queued));
  this->create(this->job("d", "x", job_state::interrupted));
  EXPECT_EQ(this->ids(this->store().unfinished(this->ctx)), "a c");
}

TYPED_TEST_P(any_job_store, does_nothing_for_a_context_that_is_done) {
  auto scope = with_cancel(this->ctx);
  scope.cancel();
  EXPECT_EQ(this->store().create(scope.ctx(), this->job("a")).error().code(), errc::canceled);
  EXPECT_EQ(this->store().update(scope.ctx(), this->job("a")).error().code(), errc::canceled);
  EXPECT_EQ(this->store().find(scope.ctx(), "a").error().code(), errc::canceled);
  EXPECT_EQ(this->store().list(scope.ctx(), {}).error().code(), errc::canceled);
  EXPECT_EQ(this->store().unfinished(scope.ctx()).error().code(), errc::canceled);
  EXPECT_EQ(*this->store().find(this->ctx, "a"), std::nullopt);
}

TYPED_TEST_P(any_job_store, lists_jobs_without_their_texts) {
  auto r = this->job("a");
  r.input = "large";
  r.result = "larger";
  r.failure = "short";
  this->create(r);
  EXPECT_EQ(this->store().list(this->ctx, {})->at(0), without_texts(r));
  EXPECT_EQ(this->store().unfinished(this->ctx)->at(0), r);
}

TYPED_TEST_P(any_job_store, forgets_what_ended_before_a_time_a_few_at_once) {
  const wall_time noon{std::chrono::hours(490'000)};
  for (const auto* id : {"a", "b", "c", "d"}) {
    auto r = this->job(id, "x", job_state::succeeded);
    r.input = r.result = "text";
    r.ended = noon;
    this->create(r);
  }
  auto later = this->job("later", "x", job_state::failed);
  later.ended = noon + std::chrono::milliseconds(1);
  this->create(later);
  this->create(this->job("open", "x", job_state::running));
  const wall_time limit = noon + std::chrono::milliseconds(1);
  EXPECT_EQ(*this->store().forget(this->ctx, noon, 3), 0U);
  EXPECT_EQ(*this->store().forget(this->ctx, limit, 3), 3U);
  EXPECT_EQ(*this->store().forget(this->ctx, limit, 3), 1U);
  EXPECT_EQ(*this->store().forget(this->ctx, limit, 3), 0U);
  EXPECT_EQ(this->ids(this->store().list(this->ctx, {})), "open later");
  EXPECT_EQ(*this->store().find(this->ctx, "a"), std::nullopt);
  this->create(this->job("a"));
  EXPECT_EQ((*this->store().find(this->ctx, "a"))->result, "");
}

TYPED_TEST_P(any_job_store, finds_a_job_by_a_second_id_as_long_as_it_is_kept) {
  this->create(this->job("a", "alice"));
  this->create(this->job("b", "bob"));
  ASSERT_TRUE(this->store().link(this->ctx, "second", "a"));
  ASSERT_TRUE(this->store().link(this->ctx, "second", "a")) << "again";
  EXPECT_EQ((*this->store().find(this->ctx, "second"))->id, "a");
  EXPECT_EQ(this->store().link(this->ctx, "second", "b").error().code(), std::errc::file_exists);
  EXPECT_EQ(this->store().link(this->ctx, "b", "a").error().code(), std::errc::file_exists);
  EXPECT_EQ(this->store().link(this->ctx, "third", "none").error().code(),
            std::errc::no_such_file_or_directory);
  EXPECT_EQ(*this->store().find(this->ctx, "third"), std::nullopt);
  EXPECT_EQ(this->ids(this->store().list(this->ctx, {})), "b a") << "lists know jobs, not ids";
  auto a = **this->store().find(this->ctx, "a");
  a.state = job_state::succeeded;
  a.ended = wall_time(std::chrono::hours(1));
  ASSERT_TRUE(this->store().update(this->ctx, a));
  EXPECT_EQ(*this->store().forget(this->ctx, wall_time(std::chrono::hours(2)), 10), 1U);
  EXPECT_EQ(*this->store().find(this->ctx, "second"), std::nullopt);
  EXPECT_TRUE(this->store().link(this->ctx, "second", "b"));
}

REGISTER_TYPED_TEST_SUITE_P(any_job_store, keeps_all_that_is_known_of_a_job,
                            refuses_a_known_id_and_an_unknown_job,
                            lists_the_newest_first_page_by_page, lists_by_owner_and_kind,
                            finds_what_is_unfinished_the_oldest_first,
                            does_nothing_for_a_context_that_is_done,
                            finds_a_job_by_a_second_id_as_long_as_it_is_kept,
                            lists_jobs_without_their_texts,
                            forgets_what_ended_before_a_time_a_few_at_once);

}  // namespace lifeline
