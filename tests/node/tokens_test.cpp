#include "bank/node/tokens.hpp"

#include <gtest/gtest.h>

#include "bank/storage/files/private_file.hpp"
#include "bank/storage/memory/token_store.hpp"
#include "bank/storage/startup_error.hpp"
#include "lifeline/time/manual_clock.hpp"
#include "node/scratch_folder.hpp"

namespace bank::node {
namespace {

using storage::token_record;

class admin_token : public ::testing::Test {
 protected:
  // Provides the token and returns the file's content.
  std::string provide() {
    provide_admin_token(ctx, tokens, folder.path());
    return storage::read_private_file(file).value_or("");
  }
  std::optional<token_record> find(const std::string& secret) {
    return *tokens.find(ctx, storage::hash_secret(secret));
  }
  std::size_t count() { return tokens.list(ctx)->size(); }

  testing::scratch_folder folder;
  std::filesystem::path file = folder / "admin.token";
  lifeline::manual_clock time;
  lifeline::context ctx = lifeline::background(time);
  storage::memory_token_store tokens;
};

TEST_F(admin_token, is_made_on_the_first_start) {
  const auto found = find(provide());
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->granted, storage::role::admin);
  EXPECT_EQ(found->owner, "admin");
  EXPECT_EQ(found->created_at, time.wall_now());
  EXPECT_FALSE(found->expires_at.has_value());
  EXPECT_EQ(testing::mode_of(file), 0600U);
}

TEST_F(admin_token, is_kept_on_later_starts) {
  const std::string first = provide();
  EXPECT_EQ(provide(), first);
  EXPECT_EQ(count(), 1U);
}

TEST_F(admin_token, is_made_anew_when_its_file_is_gone) {
  const std::string first = provide();
  std::filesystem::remove(file);
  const std::string second = provide();
  EXPECT_NE(second, first);
  EXPECT_TRUE(find(second).has_value());
  EXPECT_TRUE(find(first).has_value());
}

TEST_F(admin_token, is_made_anew_when_the_store_does_not_know_it) {
  testing::write_text(file, "bank_of_another_time\n");
  const std::string secret = provide();
  EXPECT_TRUE(find(secret).has_value());
}

TEST_F(admin_token, that_was_revoked_is_left_alone) {
  const std::string first = provide();
  ASSERT_TRUE(*tokens.revoke(ctx, find(first)->id, time.wall_now()));
  EXPECT_EQ(provide(), first);
  EXPECT_EQ(count(), 1U);
}

TEST_F(admin_token, is_not_written_when_the_store_fails) {
  tokens.fail_calls();
  EXPECT_THROW(provide(), storage::startup_error);
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(admin_token, issued_tokens_have_names_and_secrets_of_their_own) {
  const auto a = issue_token(ctx, tokens, storage::role::customer, "alice");
  const auto b = issue_token(ctx, tokens, storage::role::customer, "alice");
  ASSERT_TRUE(a.has_value() && b.has_value());
  EXPECT_NE(*a, *b);
  EXPECT_NE(find(*a)->id, find(*b)->id);
  EXPECT_EQ(find(*a)->owner, "alice");
}

}  // namespace
}  // namespace bank::node
