#include "bank/storage/postgres/verify.hpp"
#include "bank/storage/sqlite/verify.hpp"
#include "storage/ledger_store_fixture.hpp"

namespace bank::storage::tests {

using enum entry_outcome;

template <class Backend>
class ledger_store_claim : public any_ledger_store<Backend> {
 protected:
  static entry claim(const std::string& key, std::uint32_t object,
                     const std::string& digest = "digest") {
    return claim_entry{{"alice", key, digest}, numbered(5, object)};
  }
  std::optional<key_record> found(const std::string& key) {
    return this->store().find_key(background(), "alice", key).value();
  }
  bool forget(const std::string& key, std::uint32_t object) {
    return this->store().forget_key(background(), "alice", key, numbered(5, object)).value();
  }
};
TYPED_TEST_SUITE(ledger_store_claim, every_store, store_names);

TYPED_TEST(ledger_store_claim, keeps_a_key_without_a_place_in_the_ledger) {
  const auto before = this->last();
  const auto results = this->commit({this->claim("k", 1), this->claim("l", 2)});
  EXPECT_EQ(results[0].outcome, noted);
  EXPECT_EQ(results[0].sequence, 0U);
  EXPECT_EQ(this->last(), before);
  ASSERT_TRUE(this->found("k"));
  EXPECT_EQ(this->found("k")->object, numbered(5, 1));
  EXPECT_EQ(this->found("k")->digest, "digest");
  EXPECT_EQ(this->found("k")->answer, "");
  EXPECT_EQ(this->found("l")->object, numbered(5, 2));
}

TYPED_TEST(ledger_store_claim, takes_no_key_that_is_used) {
  this->open_funded(2, 100);
  this->commit({keyed(post(transfer(1, acct(1), acct(2), 5)), "alice", "k")});
  EXPECT_EQ(this->outcome_of(this->claim("k", 1)), duplicate_key);
  EXPECT_EQ(this->found("k")->object, tran(1));
  const auto both = this->commit({this->claim("l", 1), this->claim("l", 2)});
  EXPECT_EQ(both[0].outcome, noted);
  EXPECT_EQ(both[1].outcome, duplicate_key);
  EXPECT_EQ(this->found("l")->object, numbered(5, 1));
}

TYPED_TEST(ledger_store_claim, keeps_its_key_from_every_other_entry) {
  this->open_funded(2, 100);
  this->commit({this->claim("k", 1)});
  EXPECT_EQ(this->outcome_of(keyed(post(transfer(1, acct(1), acct(2), 5)), "alice", "k")),
            duplicate_key);
  EXPECT_EQ(this->outcome_of(keyed(open(account(9)), "alice", "k")), duplicate_key);
  EXPECT_EQ(this->outcome_of(keyed(open(account(9)), "bob", "k")), committed);
  EXPECT_EQ(this->balance(acct(2)), 100);
}

TYPED_TEST(ledger_store_claim, is_found_again_with_its_batch) {
  const batch b = this->make({this->claim("k", 1), this->claim("k", 2)});
  ASSERT_EQ(this->store().commit(b).index(), 0U);
  const auto again = this->store().find_batch(background(), b).value().value().results;
  ASSERT_EQ(again.size(), 2U);
  EXPECT_EQ(again[0].outcome, noted);
  EXPECT_EQ(again[1].outcome, duplicate_key);
}

TYPED_TEST(ledger_store_claim, is_forgotten_only_where_it_leads) {
  this->commit({this->claim("k", 1)});
  EXPECT_FALSE(this->forget("k", 2));
  EXPECT_FALSE(this->forget("l", 1));
  ASSERT_TRUE(this->found("k"));
  EXPECT_TRUE(this->forget("k", 1));
  EXPECT_FALSE(this->found("k"));
  EXPECT_FALSE(this->forget("k", 1));
  EXPECT_EQ(this->outcome_of(this->claim("k", 2)), noted) << "the key is free again";
}

TYPED_TEST(ledger_store_claim, gives_one_secret_for_the_ledger_s_life) {
  const auto first = this->store().secret(background()).value();
  this->raise();
  const auto later = this->store().secret(background()).value();
  EXPECT_EQ(later.bytes, first.bytes);
  EXPECT_FALSE(later.had_none) << "no version without a secret kept it";
}

TEST(sqlite_claims, leave_the_books_whole) {
  const in_sqlite books;
  const auto epoch = books.store->fence(background()).value();
  const claim_entry claim{{"alice", "k", "digest"}, numbered(5, 1)};
  ASSERT_EQ(books.store->commit({{epoch, 1}, noon, {claim}}).index(), 0U);
  const auto found =
      verify_sqlite_ledger(background(), books.folder / "ledger.db", [](const verify_progress&) {});
  EXPECT_EQ(found.value().broken, std::nullopt);
}

TEST(postgres_claims, leave_the_books_whole) {
  const in_postgres books;
  const auto epoch = books.store->fence(background()).value();
  const claim_entry claim{{"alice", "k", "digest"}, numbered(5, 1)};
  ASSERT_EQ(books.store->commit({{epoch, 1}, noon, {claim}}).index(), 0U);
  const auto found =
      verify_postgres_ledger(background(), books.options.url, [](const verify_progress&) {});
  EXPECT_EQ(found.value().broken, std::nullopt);
}

TEST(sqlite_secret, differs_from_ledger_to_ledger_and_stays_with_the_file) {
  const in_sqlite one, other;
  const auto mine = one.store->secret(background()).value();
  EXPECT_NE(mine.bytes, other.store->secret(background()).value().bytes);
  EXPECT_NE(mine.bytes, ledger_secret{}.bytes);
  const auto again = open_sqlite_ledger(one.folder / "ledger.db");
  EXPECT_EQ(again->secret(background()).value().bytes, mine.bytes);
  EXPECT_FALSE(again->secret(background()).value().had_none);
}

TEST(postgres_secret, differs_from_ledger_to_ledger_and_stays_with_the_database) {
  const in_postgres one, other;
  const auto mine = one.store->secret(background()).value();
  EXPECT_NE(mine.bytes, other.store->secret(background()).value().bytes);
  EXPECT_NE(mine.bytes, ledger_secret{}.bytes);
  const auto again = make_postgres_ledger(open_postgres(one.options));
  EXPECT_EQ(again->secret(background()).value().bytes, mine.bytes);
  EXPECT_FALSE(again->secret(background()).value().had_none);
}

}  // namespace bank::storage::tests
