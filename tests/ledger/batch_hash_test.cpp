#include "lifeline/ledger/core/batch_hash.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "ledger/builders.hpp"

namespace lifeline::ledger::testing {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Simple identifiers: all bytes are `n`.
uuid plain(std::uint8_t n) {
  uuid::bytes_type bytes{};
  bytes.fill(n);
  return uuid(bytes);
}

/// A transfer with every member set.
transfer_record full_transfer() {
  transfer_record t;
  t.id = transfer_id(plain(0x22));
  t.from = account_id(plain(0x33));
  t.to = account_id(plain(0x44));
  t.amount = {250, usd};
  t.kind = "rent";
  t.memo = "May";
  t.metadata = R"({"a":1})";
  t.two_phase = true;
  t.expires_in = seconds(60);
  t.execute_at = wall_time(milliseconds(5'000));
  t.reverses = transfer_id(plain(0x55));
  t.status = transfer_status::posted;
  t.reason = "none";
  t.held = 300;
  t.expires_at = wall_time(milliseconds(65'000));
  t.sequence = 9;
  t.first_sequence = 7;
  t.created_at = wall_time(milliseconds(4'000));
  t.posted_at = wall_time(milliseconds(6'000));
  return t;
}

account_record full_account() {
  account_record a;
  a.id = account_id(plain(0x11));
  a.owner = "alice";
  a.type = account_type::savings;
  a.unit = usd;
  a.ref = "pot";
  a.overdraft_limit = 70;
  a.created_at = wall_time(milliseconds(3'000));
  return a;
}

const batch_span span{{3, 4}, 7, 9, wall_time(milliseconds(6'000))};
const std::vector<entry_result> results{{entry_outcome::committed, 7},
                                        {entry_outcome::duplicate_id, 0},
                                        {entry_outcome::committed, 8},
                                        {entry_outcome::committed, 9}};

batch_facts full_facts() {
  batch_facts facts;
  facts.add_opening(7, wall_time(milliseconds(6'000)), full_account());
  facts.add_change(8, wall_time(milliseconds(6'000)), account_id(plain(0x11)), "limit_changed", 90);
  facts.add(full_transfer());
  return facts;
}

std::string facts_of(const transfer_record& t) {
  batch_facts facts;
  facts.add(t);
  return std::string(facts.bytes());
}

std::string facts_of(const account_record& a) {
  batch_facts facts;
  facts.add_opening(1, {}, a);
  return std::string(facts.bytes());
}

template <class Record>
using meddling = std::function<void(Record&)>;

template <class Record>
void expect_each_to_differ(const Record& whole, const std::vector<meddling<Record>>& changes) {
  std::set<std::string> seen{facts_of(whole)};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Record r = whole;
    changes[i](r);
    EXPECT_TRUE(seen.insert(facts_of(r)).second) << "change " << i << " does not show";
  }
}

}  // namespace

/// The form must never change: stores hold hashes of it. These were computed elsewhere, from its
/// description.
TEST(batch_hash, is_what_its_form_says) {
  batch_hasher hasher;
  const chain_hash first = hasher.next(chain_genesis, span, results, full_facts());
  EXPECT_EQ(hex_text(first), "8f45c36b37c61403c78c523a854dd9720d4067d62751613bd73f92dacd02b42a");
  const batch_span empty{{3, 5}, 10, 9, wall_time(milliseconds(6'001))};
  const chain_hash second =
      hasher.next(first, empty, {{entry_outcome::wrong_state, 0}}, batch_facts());
  EXPECT_EQ(hex_text(second), "27012e081cb366e734c85209b4996f14a258d2439a135b9c26f77a9d6a6a584e");
  EXPECT_EQ(mark_of(second), 0x27012e081cb3U);
}

TEST(batch_hash, shows_every_change_of_a_transfer) {
  expect_each_to_differ<transfer_record>(
      full_transfer(), {
                           [](auto& t) { t.id = transfer_id(plain(1)); },
                           [](auto& t) { t.from = account_id(plain(1)); },
                           [](auto& t) { t.to = account_id(plain(1)); },
                           [](auto& t) { std::swap(t.from, t.to); },
                           [](auto& t) { ++t.amount.minor; },
                           [](auto& t) { t.amount.unit = eur; },
                           [](auto& t) { t.kind = "rental"; },
                           [](auto& t) { t.memo = "Mai"; },
                           [](auto& t) { t.memo.reset(); },
                           [](auto& t) { t.metadata = "{}"; },
                           [](auto& t) { t.kind = "ren", t.memo = "tMay"; },
                           [](auto& t) { t.two_phase = false; },
                           [](auto& t) { t.expires_in = seconds(61); },
                           [](auto& t) { t.execute_at.reset(); },
                           [](auto& t) { t.reverses.reset(); },
                           [](auto& t) { t.status = transfer_status::voided; },
                           [](auto& t) { t.status = transfer_status::pending; },
                           [](auto& t) { t.status = transfer_status::scheduled; },
                           [](auto& t) { t.reason = "many"; },
                           [](auto& t) { t.held.reset(); },
                           [](auto& t) { t.expires_at = wall_time(milliseconds(1)); },
                           [](auto& t) { ++t.sequence; },
                           [](auto& t) { ++t.first_sequence; },
                           [](auto& t) { t.created_at += milliseconds(1); },
                           [](auto& t) { t.posted_at.reset(); },
                       });
}

TEST(batch_hash, shows_every_change_of_an_account) {
  expect_each_to_differ<account_record>(full_account(),
                                        {
                                            [](auto& a) { a.id = account_id(plain(1)); },
                                            [](auto& a) { a.owner = "alicE"; },
                                            [](auto& a) { a.type = account_type::checking; },
                                            [](auto& a) { a.unit = eur; },
                                            [](auto& a) { a.ref.reset(); },
                                            [](auto& a) { a.ref = ""; },
                                            [](auto& a) { a.overdraft_limit = 71; },
                                            [](auto& a) { a.created_at += milliseconds(1); },
                                        });
}

TEST(batch_hash, does_not_depend_on_what_comes_later) {
  account_record later = full_account();
  later.status = account_status::frozen;
  later.posted = 12;
  later.version = 4;
  EXPECT_EQ(facts_of(later), facts_of(full_account()));
  transfer_record hold = full_transfer();
  hold.status = transfer_status::pending;
  transfer_record stored = hold;
  stored.held = hold.amount.minor;
  stored.reason.reset();
  EXPECT_EQ(facts_of(stored), facts_of(hold));
  transfer_record planned = full_transfer();
  planned.status = transfer_status::scheduled;
  stored = planned;
  stored.expires_at.reset();
  EXPECT_EQ(facts_of(stored), facts_of(planned));
}

TEST(batch_hash, shows_every_change_around_the_entries) {
  batch_hasher hasher;
  std::set<chain_hash> seen;
  const auto differs = [&](chain_hash before, batch_span at, std::vector<entry_result> of,
                           const batch_facts& facts) {
    return seen.insert(hasher.next(before, at, of, facts)).second;
  };
  const auto moved = [](auto change) {
    batch_span s = span;
    change(s);
    return s;
  };
  EXPECT_TRUE(differs(chain_genesis, span, results, full_facts()));
  EXPECT_FALSE(differs(chain_genesis, span, results, full_facts()));
  EXPECT_TRUE(differs({1}, span, results, full_facts()));
  EXPECT_TRUE(differs({}, moved([](auto& s) { ++s.id.epoch; }), results, full_facts()));
  EXPECT_TRUE(differs({}, moved([](auto& s) { ++s.id.number; }), results, full_facts()));
  EXPECT_TRUE(differs({}, moved([](auto& s) { ++s.first_sequence; }), results, full_facts()));
  EXPECT_TRUE(differs({}, moved([](auto& s) { ++s.last_sequence; }), results, full_facts()));
  EXPECT_TRUE(differs({}, moved([](auto& s) { s.at += milliseconds(1); }), results, full_facts()));
  auto others = results;
  others[1].outcome = entry_outcome::duplicate_key;
  EXPECT_TRUE(differs({}, span, others, full_facts()));
  others.pop_back();
  EXPECT_TRUE(differs({}, span, others, full_facts()));
  EXPECT_TRUE(differs({}, span, results, batch_facts()));
}

TEST(batch_facts, takes_back_what_came_to_nothing) {
  batch_facts facts = full_facts();
  const std::string before(facts.bytes());
  facts.add(full_transfer());
  EXPECT_NE(facts.bytes(), before);
  facts.cut(before.size());
  EXPECT_EQ(facts.bytes(), before);
}

/// Three batches: 1/1 before the chain began, 1/2 with sequences 3 and 4, 2/1 without committed
/// entries.
class chain_audit_test : public ::testing::Test {
 protected:
  stored_batch before{{{1, 1}, 1, 2, {}}, {{}, {}}, {}};
  stored_batch full{{{1, 2}, 3, 4, {}}, {{}, {}}, {}};
  stored_batch empty{{{2, 1}, 5, 4, {}}, {{entry_outcome::wrong_state, 0}}, {}};
  batch_facts facts = full_facts();
  batch_facts none;

  void SetUp() override {
    batch_hasher hasher;
    full.hash = hasher.next(chain_genesis, full.span, full.results, facts);
    empty.hash = hasher.next(*full.hash, empty.span, empty.results, none);
  }
  chain_audit audit{3};
};

TEST_F(chain_audit_test, finds_a_whole_chain_whole) {
  EXPECT_EQ(audit.add(before, none), std::nullopt);
  EXPECT_EQ(audit.add(full, facts), std::nullopt);
  EXPECT_EQ(audit.add(empty, none), std::nullopt);
  EXPECT_EQ(audit.end(*empty.hash), std::nullopt);
  EXPECT_EQ(audit.first_sequence(), 3U);
  EXPECT_EQ(audit.last_sequence(), 4U);
  EXPECT_EQ(audit.head(), *empty.hash);
}

TEST_F(chain_audit_test, of_a_new_ledger_finds_it_whole) {
  EXPECT_EQ(chain_audit(1).end(chain_genesis), std::nullopt);
}

TEST_F(chain_audit_test, may_begin_with_a_batch_without_committed_entries) {
  stored_batch first{{{1, 2}, 3, 2, {}}, {{entry_outcome::wrong_state, 0}}, {}};
  stored_batch bare = first;
  first.hash = batch_hasher().next(chain_genesis, first.span, first.results, none);
  EXPECT_EQ(audit.add(first, none), std::nullopt);
  EXPECT_TRUE(audit.add(bare, none)) << "a hash is missing behind it";
}

TEST_F(chain_audit_test, names_a_batch_of_other_facts_and_the_one_before_it) {
  EXPECT_NE(audit.add(full, none)->find("batch 1/2 (sequences 3 to 4) does not match its hash"),
            std::string::npos);
  chain_audit again(3);
  again.add(full, facts);
  const auto found = again.add(empty, facts);
  EXPECT_NE(found->find("batch 2/1 (nothing committed) does not"), std::string::npos) << *found;
  EXPECT_NE(found->find("follow batch 1/2 (sequences 3 to 4)"), std::string::npos) << *found;
}

TEST_F(chain_audit_test, finds_a_dropped_batch_by_the_one_behind_it) {
  EXPECT_NE(audit.add(empty, none)->find("the beginning of the chain"), std::string::npos);
}

TEST_F(chain_audit_test, finds_a_dropped_tail_by_the_head) {
  audit.add(full, facts);
  EXPECT_NE(audit.end(*empty.hash)->find("ends with batch 1/2 (sequences 3 to 4)"),
            std::string::npos);
  EXPECT_NE(chain_audit(3).end(*empty.hash)->find("ends with no batch"), std::string::npos);
}

TEST_F(chain_audit_test, lets_no_hash_be_missing_once_the_chain_has_begun) {
  stored_batch bare = full;
  bare.hash.reset();
  EXPECT_NE(audit.add(bare, facts)->find("batch 1/2 (sequences 3 to 4) has no hash"),
            std::string::npos);
  audit.add(full, facts);
  bare = empty;
  bare.hash.reset();
  EXPECT_NE(audit.add(bare, none)->find("has no hash"), std::string::npos);
}

TEST_F(chain_audit_test, lets_nothing_be_added_before_the_chain) {
  before.hash = full.hash;
  EXPECT_NE(audit.add(before, none)->find("begins at 3"), std::string::npos);
}

}  // namespace lifeline::ledger::testing
