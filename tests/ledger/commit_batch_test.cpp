#include "lifeline/ledger/core/commit_batch.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "ledger/builders.hpp"
#include "random_seed.hpp"

namespace lifeline::ledger::testing {
namespace {

entry post(const std::string& name) {
  return transfer_entry{transfer_of(name, account("a"), account("b"), 1), {}};
}

std::string name_of(const entry& e) { return std::get<transfer_entry>(e).transfer.id.str(); }

committed_batch all_committed(const batch& b, std::uint64_t& sequence) {
  committed_batch done{b.at, std::vector<entry_result>(b.entries.size())};
  for (auto& r : done.results) r = {entry_outcome::committed, ++sequence};
  return done;
}

bool offer(commit_batch& to, std::vector<entry> unit) { return to.offer(unit); }
bool offer(commit_batch& to, entry one) { return offer(to, std::vector<entry>{std::move(one)}); }

commit_batch with_entries(int n, std::size_t batch_limit = 100) {
  commit_batch core(7, 1'000, batch_limit);
  for (int i = 0; i < n; ++i) EXPECT_TRUE(offer(core, post(std::to_string(i))));
  return core;
}

TEST(commit_batch, takes_whatever_came_while_the_last_batch_ran) {
  commit_batch core = with_entries(1);
  const auto first = core.begin({});
  ASSERT_EQ(first->entries.size(), 1U);
  ASSERT_TRUE(offer(core, post("x")));
  ASSERT_TRUE(offer(core, post("y")));
  EXPECT_EQ(core.begin({}), nullptr) << "one batch at a time";
  EXPECT_EQ(core.size(), 3U);
  EXPECT_EQ(core.finish(committed_batch{{}, {{entry_outcome::committed, 1}}}).size(), 1U);
  EXPECT_EQ(core.begin({})->entries.size(), 2U);
}

TEST(commit_batch, numbers_batches_within_its_epoch) {
  commit_batch core = with_entries(2, 1);
  EXPECT_EQ(core.begin({})->id, (batch_id{7, 1}));
  core.finish(committed_batch{{}, {{entry_outcome::committed, 1}}});
  EXPECT_EQ(core.begin({})->id, (batch_id{7, 2}));
}

TEST(commit_batch, gives_one_verdict_per_entry_in_order_and_each_record_to_its_entry) {
  using enum entry_outcome;
  commit_batch core = with_entries(8);
  core.begin({});
  transfer_record made = transfer_of("made", account("a"), account("b"), 1);
  made.sequence = 12;
  const auto v = core.finish(committed_batch{{},
                                             {{committed, 11},
                                              {duplicate_id, 0},
                                              {duplicate_ref, 0},
                                              {duplicate_key, 0},
                                              {wrong_state, 0},
                                              {left_out, 0},
                                              {noted, 0},
                                              {committed, 12}},
                                             {made}});
  EXPECT_EQ(v, (std::vector<entry_verdict>{{verdict::committed, 11},
                                           {verdict::duplicate},
                                           {verdict::ref_taken},
                                           {verdict::duplicate},
                                           {verdict::wrong_state},
                                           {verdict::left_out},
                                           {verdict::committed},
                                           {verdict::committed, 12, made}}));
}

TEST(commit_batch, refuses_entries_beyond_its_bound) {
  commit_batch core(1, 2, 10);
  EXPECT_TRUE(offer(core, post("1")));
  EXPECT_TRUE(offer(core, post("2")));
  EXPECT_FALSE(offer(core, post("3")));
  core.begin({});
  EXPECT_TRUE(offer(core, post("3")));
}

TEST(commit_batch, ends_exactly_the_failed_batch_on_a_known_failure) {
  commit_batch core = with_entries(3);
  core.begin({});
  ASSERT_TRUE(offer(core, post("later")));
  const auto v = core.finish(commit_error::unavailable);
  EXPECT_EQ(v, std::vector<entry_verdict>(3, {verdict::unavailable}));
  EXPECT_EQ(core.begin({})->entries.size(), 1U);
}

/// Entries that arrive meanwhile are not drawn into the search.
TEST(commit_batch, finds_the_culprit_by_halves_and_keeps_the_rest) {
  std::mt19937_64 random(lifeline::testing::random_seed());
  for (int round = 0; round < 200; ++round) {
    int n = static_cast<int>(random() % 60 + 1);
    std::set<std::string> culprits;
    for (std::size_t i = random() % 3 + 1; i > 0; --i)
      culprits.insert(transfer(std::to_string(random() % static_cast<unsigned>(n))).str());
    const std::size_t limit = random() % 60 + 1;
    commit_batch core = with_entries(n, limit);
    std::vector<entry_verdict> verdicts;
    std::vector<std::string> expected;  // that the next batch begins with; all its suspects
    std::size_t most = limit;
    std::uint64_t sequence = 0;
    while (const auto b = core.begin({})) {
      ASSERT_LE(b->entries.size(), most);
      ASSERT_TRUE(expected.empty() || b->entries.size() <= expected.size());
      for (std::size_t i = 0; i < std::min(expected.size(), b->entries.size()); ++i)
        ASSERT_EQ(name_of(b->entries[i]), expected[i]);
      if (random() % 4 == 0) {
        ASSERT_TRUE(offer(core, post(std::to_string(n++))));
      }
      const bool bad = std::any_of(b->entries.begin(), b->entries.end(),
                                   [&](const entry& e) { return culprits.contains(name_of(e)); });
      const std::size_t size = b->entries.size();
      if (bad && expected.empty())
        for (const entry& e : b->entries) expected.push_back(name_of(e));
      const auto v =
          bad ? core.finish(commit_error::violated) : core.finish(all_committed(*b, sequence));
      verdicts.insert(verdicts.end(), v.begin(), v.end());
      most = v.empty() ? size / 2 : limit;
      expected.erase(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(
                                                              std::min(v.size(), expected.size())));
    }
    ASSERT_EQ(verdicts.size(), static_cast<std::size_t>(n));
    for (int i = 0; i < n; ++i) {
      const bool culprit = culprits.contains(transfer(std::to_string(i)).str());
      EXPECT_EQ(verdicts[static_cast<std::size_t>(i)].what,
                culprit ? verdict::violated : verdict::committed);
    }
  }
}

TEST(commit_batch, drops_what_waits_and_nothing_that_runs) {
  commit_batch core = with_entries(4);
  core.begin({});
  core.finish(commit_error::violated);
  core.begin({});
  EXPECT_EQ(core.drop_waiting().size(), 2U);
  EXPECT_EQ(core.size(), 2U);
  EXPECT_EQ(core.finish(commit_error::unavailable).size(), 2U);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(offer(core, post("new")));
  EXPECT_EQ(core.begin({})->entries.size(), 3U) << "they are no suspects";
}

TEST(commit_batch, commits_nothing_while_an_outcome_is_unknown) {
  commit_batch core = with_entries(2);
  core.begin({});
  EXPECT_TRUE(core.finish(commit_error::unknown).empty());
  EXPECT_TRUE(core.resolving());
  ASSERT_TRUE(offer(core, post("later")));
  EXPECT_EQ(core.begin({}), nullptr);
  EXPECT_TRUE(core.finish(commit_error::unavailable).empty()) << "a late answer does not count";
}

TEST(commit_batch, ends_an_unknown_batch_as_the_store_says) {
  commit_batch lost = with_entries(2);
  lost.begin({});
  lost.finish(commit_error::unknown);
  EXPECT_EQ(lost.resolved(9, std::nullopt), std::vector<entry_verdict>(2, {verdict::unavailable}));

  commit_batch stored = with_entries(1);
  stored.begin({});
  stored.overdue();
  EXPECT_EQ(stored.resolved(9, committed_batch{{}, {{entry_outcome::committed, 5}}}),
            (std::vector<entry_verdict>{{verdict::committed, 5}}));
  ASSERT_TRUE(offer(stored, post("next")));
  EXPECT_EQ(stored.begin({})->id, (batch_id{9, 1})) << "goes on under the new epoch";
  EXPECT_FALSE(stored.resolving());
  EXPECT_EQ(stored.finish(commit_error::unavailable).size(), 1U);
}

std::vector<entry> group_of(int n, const std::string& name) {
  group_entry head;
  head.size = static_cast<std::uint32_t>(n);
  std::vector<entry> all{head};
  for (int i = 0; i < n; ++i) all.push_back(post(name + std::to_string(i)));
  return all;
}

TEST(commit_batch, takes_a_group_as_a_whole_or_not_at_all) {
  commit_batch core(1, 5, 10);
  EXPECT_TRUE(offer(core, group_of(2, "a")));
  EXPECT_FALSE(offer(core, group_of(2, "b"))) << "six entries, and the queue takes five";
  EXPECT_EQ(core.size(), 3U);
  EXPECT_TRUE(offer(core, group_of(1, "c")));
}

TEST(commit_batch, never_parts_a_group) {
  commit_batch core(1, 100, 4);
  EXPECT_TRUE(offer(core, post("1")));
  EXPECT_TRUE(offer(core, post("2")));
  EXPECT_TRUE(offer(core, group_of(2, "small")));
  EXPECT_TRUE(offer(core, group_of(6, "large")));
  const auto next = [&] {
    const std::size_t n = core.begin({})->entries.size();
    core.finish(committed_batch{{}, std::vector<entry_result>(n)});
    return n;
  };
  EXPECT_EQ(next(), 2U) << "the group would not fit";
  EXPECT_EQ(next(), 3U);
  EXPECT_EQ(next(), 7U) << "one that fits in no batch gets one of its own";
}

TEST(commit_batch, refuses_a_group_that_would_break_the_books_and_keeps_the_rest) {
  commit_batch core(1, 100, 100);
  EXPECT_TRUE(offer(core, post("before")));
  EXPECT_TRUE(offer(core, group_of(3, "bad")));
  EXPECT_TRUE(offer(core, group_of(2, "good")));
  EXPECT_TRUE(offer(core, post("behind")));
  std::vector<entry_verdict> all;
  while (const auto b = core.begin({})) {
    const bool bad = std::any_of(b->entries.begin(), b->entries.end(), [](const entry& e) {
      const auto* t = std::get_if<transfer_entry>(&e);
      return t != nullptr && t->transfer.id == transfer("bad1");
    });
    const auto said =
        bad ? core.finish(commit_error::violated)
            : core.finish(committed_batch{{}, std::vector<entry_result>(b->entries.size())});
    all.insert(all.end(), said.begin(), said.end());
  }
  std::vector<verdict> what;
  for (const auto& v : all) what.push_back(v.what);
  using enum verdict;
  EXPECT_EQ(what, (std::vector<verdict>{committed, violated, violated, violated, violated,
                                        committed, committed, committed, committed}));
}

}  // namespace
}  // namespace lifeline::ledger::testing
