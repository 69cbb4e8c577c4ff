#include <gtest/gtest.h>

#include <set>

#include "bank/storage/memory/token_store.hpp"
#include "bank/storage/postgres/opening.hpp"
#include "bank/storage/postgres/token_store.hpp"
#include "bank/storage/sqlite/token_store.hpp"
#include "storage/postgres_server.hpp"
#include "storage/temporary_folder.hpp"

namespace bank::storage::tests {

using lifeline::background;

const wall_time noon{std::chrono::hours(490'000)};

token_record token(const std::string& id, role granted = role::customer) {
  token_record t;
  t.id = id;
  t.hash = hash_secret(id);
  t.granted = granted;
  t.owner = "alice";
  t.created_at = noon;
  return t;
}

struct tokens_in_memory {
  static constexpr const char* name = "memory";
  std::unique_ptr<token_store> store = std::make_unique<memory_token_store>();
};
struct tokens_in_sqlite {
  static constexpr const char* name = "sqlite";
  temporary_folder folder;
  std::unique_ptr<token_store> store = open_sqlite_tokens(folder / "tokens.db");
};

struct tokens_in_postgres {
  static constexpr const char* name = "postgres";
  std::unique_ptr<token_store> store =
      make_postgres_tokens(open_postgres({postgres_server::instance().new_url()}));
};

template <class Backend>
class any_token_store : public testing::Test {
 protected:
  token_store& store() { return *backend.store; }
  Backend backend;
};
using every_store = testing::Types<tokens_in_memory, tokens_in_sqlite, tokens_in_postgres>;
struct store_names {
  template <class Backend>
  static std::string GetName(int /*place*/) {
    return Backend::name;
  }
};
TYPED_TEST_SUITE(any_token_store, every_store, store_names);

TYPED_TEST(any_token_store, finds_a_token_by_its_hash) {
  token_record t = token("t1", role::auditor);
  t.expires_at = noon + std::chrono::hours(1);
  ASSERT_TRUE(this->store().add(background(), t));
  EXPECT_EQ(this->store().find(background(), t.hash).value(), t);
  EXPECT_FALSE(this->store().find(background(), hash_secret("other")).value());
}

TYPED_TEST(any_token_store, refuses_a_second_token_with_the_same_id_or_hash) {
  ASSERT_TRUE(this->store().add(background(), token("t1")));
  token_record same_id = token("t1");
  same_id.hash = hash_secret("other");
  token_record same_hash = token("t1");
  same_hash.id = "t2";
  for (const auto& t : {same_id, same_hash}) {
    const auto added = this->store().add(background(), t);
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, lifeline::ledger::errc::already_exists);
  }
}

TYPED_TEST(any_token_store, lists_all_tokens_in_order_of_id) {
  for (const char* id : {"b", "c", "a"}) ASSERT_TRUE(this->store().add(background(), token(id)));
  const auto all = this->store().list(background()).value();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0], token("a"));
  EXPECT_EQ(all[2], token("c"));
}

TYPED_TEST(any_token_store, revokes_a_token_once_and_keeps_the_first_time) {
  ASSERT_TRUE(this->store().add(background(), token("t1")));
  EXPECT_TRUE(this->store().revoke(background(), "t1", noon).value());
  EXPECT_TRUE(this->store().revoke(background(), "t1", noon + std::chrono::hours(1)).value());
  EXPECT_EQ(this->store().find(background(), hash_secret("t1")).value()->revoked_at, noon);
  EXPECT_FALSE(this->store().revoke(background(), "t2", noon).value());
}

TYPED_TEST(any_token_store, does_nothing_for_a_cancelled_context) {
  auto scope = lifeline::with_cancel(background());
  scope.cancel();
  const auto added = this->store().add(scope.ctx(), token("t1"));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, lifeline::ledger::errc::canceled);
  EXPECT_TRUE(this->store().list(background()).value().empty());
}

TEST(sqlite_token_store, keeps_tokens_when_opened_again) {
  const temporary_folder folder;
  ASSERT_TRUE(open_sqlite_tokens(folder / "tokens.db")->add(background(), token("t1")));
  const auto all = open_sqlite_tokens(folder / "tokens.db")->list(background()).value();
  EXPECT_EQ(all, std::vector<token_record>{token("t1")});
}

TEST(memory_token_store, fails_as_often_as_told) {
  memory_token_store store;
  store.fail_calls(1);
  EXPECT_EQ(store.list(background()).error().code, lifeline::ledger::errc::store_unavailable);
  EXPECT_TRUE(store.list(background()));
}

TEST(token_secret, is_new_each_time_and_known_by_its_hash) {
  std::set<std::string> secrets;
  for (int i = 0; i < 100; ++i) {
    const new_secret s = make_secret();
    EXPECT_EQ(s.secret.substr(0, 5), "bank_");
    EXPECT_EQ(s.secret.size(), 5U + 43U);
    EXPECT_EQ(s.hash, hash_secret(s.secret));
    EXPECT_EQ(s.hash.size(), 32U);
    EXPECT_EQ(s.secret.find_first_of("+/="), std::string::npos);
    secrets.insert(s.secret);
  }
  EXPECT_EQ(secrets.size(), 100U);
}

TEST(token_secret, is_hashed_with_sha_256) {
  EXPECT_EQ(hash_secret("abc").substr(0, 4), "\xba\x78\x16\xbf");
}

TEST(role_names, are_read_as_they_are_written) {
  for (const role r : {role::admin, role::customer, role::auditor})
    EXPECT_EQ(parse_role(to_string(r)), r);
  EXPECT_FALSE(parse_role("root"));
}

}  // namespace bank::storage::tests
