#include <gtest/gtest.h>

#include "ledger/batch_bank.hpp"
#include "lifeline/ledger/core/kept_refusals.hpp"

// A batch of which earlier requests made all or some transfers.

namespace lifeline::ledger::testing {
namespace {

using namespace batches;

TEST(batch_repetition, looks_for_an_earlier_request_before_it_says_no_to_a_clients_id) {
  bank b;
  b.add("a", 0);
  b.add("b", 0);
  auto own = move("1", "a", "b", 10);
  own.may_be_repeated = true;
  b.start({own, move("2", "a", "b", 10)});
  b.answer_all();
  ASSERT_TRUE(b.look_up);
  EXPECT_EQ(b.core->to_look_up(), std::vector<std::uint32_t>{0});
  transfer_record first = own.transfer;
  first.sequence = first.first_sequence = 7;
  b.obey(b.core->looked_up(earlier_batch{{}, {first}}));
  EXPECT_EQ(b.refused(0), std::nullopt);
  EXPECT_TRUE(b.core->items()[0].replayed);
  EXPECT_EQ(b.refused(1), errc::insufficient_funds);
}

TEST(batch_repetition, refuses_an_id_that_was_used_for_something_else) {
  bank b;
  b.add("a", 100);
  b.add("b", 0);
  b.start({move("1", "a", "b", 10), move("2", "a", "b", 10)});
  b.answer_all();
  b.obey(b.core->journaled(
      {{verdict::committed},
       {verdict::duplicate},
       {verdict::committed, 4, after_opening(b.core->items()[1].transfer, 4, wall_time())}}));
  ASSERT_TRUE(b.look_up);
  b.obey(b.core->looked_up(earlier_batch{{}, {transfer_of("1", account("a"), account("b"), 11)}}));
  EXPECT_EQ(b.refused(0), errc::idempotency_mismatch);
  EXPECT_EQ(b.core->items()[1].transfer.sequence, 4U);
}

TEST(batch_repetition, of_which_a_part_was_done_before_does_not_do_the_rest_if_it_is_atomic) {
  bank b;
  b.add("a", 100);
  b.add("b", 0);
  b.start({move("1", "a", "b", 10), move("2", "a", "b", 10)}, true);
  b.answer_all();
  b.obey(b.core->journaled({{verdict::duplicate}, {verdict::duplicate}, {verdict::left_out}}));
  b.obey(b.core->looked_up(
      earlier_batch{{}, {transfer_of("1", account("a"), account("b"), 10), std::nullopt}}));
  EXPECT_EQ(b.refused(0), errc::already_exists);
  EXPECT_TRUE(b.refused(1));
}

TEST(batch_repetition, waits_for_no_commit_because_of_an_item_whose_id_was_used_before) {
  bank b;
  b.add("a", 50);
  b.add("b", max_minor - 20);
  b.add("c", 0);
  b.begin_credit("b", 15);
  auto used = move("1", "a", "b", 20);
  used.may_be_repeated = true;
  b.start({used, move("2", "a", "c", 40)}, true);
  b.answer_all();
  ASSERT_TRUE(b.look_up) << "no commit brings the second item its funds";
  b.obey(b.core->looked_up(earlier_batch{{}, {transfer_of("1", account("a"), account("b"), 19)}}));
  b.answer_all();
  EXPECT_FALSE(b.await_commit);
  EXPECT_TRUE(b.answered);
  EXPECT_EQ(b.refused(0), errc::idempotency_mismatch);
  EXPECT_EQ(b.refused(1), errc::idempotency_mismatch);
}

TEST(batch_repetition, of_which_all_was_moved_is_not_called_refused_for_a_record_that_is_missing) {
  bank b;
  b.add("a", 100);
  b.add("b", 0);
  b.start({move("1", "a", "b", 10), move("2", "a", "b", 10)}, true);
  b.answer_all();
  const auto made = after_opening(b.core->items()[1].transfer, 2, wall_time());
  b.obey(b.core->journaled(
      {{verdict::committed}, {verdict::committed, 1}, {verdict::committed, 2, made}}));
  EXPECT_EQ(b.core->items()[0].refused->known, outcome::unknown);
  EXPECT_EQ(b.refused(1), std::nullopt) << "it was moved, and its record is known";
}

TEST(batch_repetition, answers_under_a_used_key_as_the_first_time) {
  bank first;
  first.add("a", 10);
  first.add("b", 0);
  const std::vector<batch_item> items{move("1", "a", "b", 10), move("2", "a", "b", 10)};
  first.start(items, false, "digest");
  first.answer_all();
  const auto kept = first.core->kept_answer();
  ASSERT_TRUE(kept);
  first.commit();

  bank again;
  again.add("a", 500);
  again.add("b", 0);
  again.start(items, false, "digest");
  again.answer_all();
  again.obey(
      again.core->journaled({{verdict::duplicate}, {verdict::left_out}, {verdict::left_out}}));
  ASSERT_TRUE(again.look_up);
  EXPECT_TRUE(again.core->asks_for_key());
  again.obey(again.core->looked_up(earlier_batch{key_record{"digest", {}, *kept},
                                                 {first.core->items()[0].transfer, std::nullopt}}));
  EXPECT_TRUE(again.core->replayed());
  EXPECT_EQ(again.refused(0), std::nullopt);
  EXPECT_EQ(again.refused(1), errc::insufficient_funds) << "although it could be done today";
}

/// Three items first refused for lack of funds. One had been made before the batch, and so was a
/// repetition; one was made since; the id of one had been used before, for something else.
TEST(batch_repetition, answers_under_a_used_key_by_what_stood_before_it) {
  std::vector<batch_item> items{move("before", "a", "b", 10), move("since", "a", "b", 10),
                                move("other", "a", "b", 10), move("own", "a", "b", 1),
                                move("known", "a", "b", 1)};
  for (batch_item& i : items) i.may_be_repeated = true;
  const auto stored = [&](std::size_t i, std::uint64_t sequence) {
    transfer_record t = items[i].transfer;
    t.first_sequence = t.sequence = sequence;
    return t;
  };
  transfer_record other = stored(2, 6);
  other.kind = "other";
  const std::string kept =
      "0 insufficient_funds poor\n1 insufficient_funds poor\n2 insufficient_funds poor\n";
  const auto answered_again = [&](std::optional<std::uint64_t> behind) {
    bank b;
    b.add("a", 500);
    b.add("b", 0);
    b.start(items, false, "digest");
    b.answer_all();
    std::vector<entry_verdict> verdicts(items.size() + 1, {verdict::left_out});
    verdicts[0] = {verdict::duplicate};
    b.obey(b.core->journaled(verdicts));
    b.obey(b.core->looked_up(
        earlier_batch{key_record{"digest", {}, kept, behind},
                      {stored(0, 5), stored(1, 9), other, stored(3, 8), stored(4, 7)}}));
    EXPECT_TRUE(b.core->replayed());
    return b.core->items();
  };
  const auto again = answered_again(7);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(again[i].refused->code, errc::insufficient_funds) << "what was kept is the truth";
    EXPECT_FALSE(again[i].replayed);
  }
  EXPECT_EQ(again[3].refused, std::nullopt);
  EXPECT_FALSE(again[3].replayed);
  EXPECT_TRUE(again[4].replayed);
  const auto of_old_books = answered_again({});
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(of_old_books[i].refused->code, errc::insufficient_funds);
  EXPECT_FALSE(of_old_books[3].replayed);
  EXPECT_FALSE(of_old_books[4].replayed);
}

TEST(batch_repetition, refuses_a_key_that_was_used_for_something_else) {
  bank b;
  b.add("a", 500);
  b.add("b", 0);
  b.start({move("1", "a", "b", 10)}, false, "digest");
  b.answer_all();
  b.obey(b.core->journaled({{verdict::duplicate}, {verdict::left_out}}));
  b.obey(b.core->looked_up(earlier_batch{key_record{"other", {}, {}}, {std::nullopt}}));
  EXPECT_EQ(b.core->refused()->code, errc::idempotency_mismatch);
}

TEST(batch_repetition, keeps_no_answer_that_may_be_another_one_the_next_time) {
  bank b;
  b.add("a", 500);
  b.add("b", 0);
  const auto earlier = transfer_of("1", account("a"), account("b"), 1);
  ASSERT_FALSE(b.state("a").take(legs_of_opening(earlier).from));
  b.start({move("1", "a", "b", 10), move("2", "a", "b", 10)}, false, "digest");
  b.answer_all();
  EXPECT_EQ(b.refused(0), errc::in_progress);
  EXPECT_EQ(b.core->kept_answer(), std::nullopt);
}

TEST(kept_refusals, are_read_as_they_were_written) {
  std::vector<batch_item> items(3);
  items[0].refused = failure{errc::insufficient_funds, outcome::none, "account x can spend 3"};
  items[2].refused = failure{errc::internal, outcome::none, ""};
  const auto read = read_refusals(write_refusals(items));
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ((*read)[0].why, *items[0].refused);
  EXPECT_EQ((*read)[1].item, 2U);
  EXPECT_EQ((*read)[1].why.code, errc::internal);
  for (const char* bad :
       {"1", "x not_found y\n", "1x not_found y\n", "1 no_such_code y\n", "1 not_found y", "\n"})
    EXPECT_FALSE(read_refusals(bad)) << bad;
}

}  // namespace
}  // namespace lifeline::ledger::testing
