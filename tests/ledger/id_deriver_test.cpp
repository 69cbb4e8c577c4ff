#include "lifeline/ledger/core/id_deriver.hpp"

#include <gtest/gtest.h>

namespace lifeline::ledger::testing {
namespace {

ledger_secret secret_of(std::uint8_t first, bool had_none = false) {
  ledger_secret s;
  s.bytes[0] = first;
  s.had_none = had_none;
  return s;
}

TEST(id_deriver, gives_the_same_for_the_same_secret_and_parts_only) {
  const id_deriver ids(secret_of(1));
  const uuid one = ids.of({"reversal", "a"});
  EXPECT_EQ(id_deriver(secret_of(1)).of({"reversal", "a"}), one);
  EXPECT_NE(id_deriver(secret_of(2)).of({"reversal", "a"}), one) << "another ledger's";
  EXPECT_NE(ids.of({"reversal", "b"}), one);
  EXPECT_NE(ids.of({"reversala"}), one);
  EXPECT_NE(ids.of({"reversa", "la"}), one);
  EXPECT_NE(ids.of({"reversal", "a", ""}), one);
  EXPECT_EQ(one.bytes()[6] >> 4U, 8);
}

TEST(id_deriver, gives_nothing_that_the_parts_alone_tell) {
  for (const auto& secret : {ledger_secret{}, secret_of(1), secret_of(1, true)})
    EXPECT_NE(id_deriver(secret).of({"reversal", "a"}), uuid::derive({"reversal", "a"}));
}

TEST(id_deriver, knows_what_was_derived_without_a_secret_if_there_was_such) {
  EXPECT_EQ(id_deriver(secret_of(1)).without_secret({"reversal", "a"}), std::nullopt);
  EXPECT_EQ(id_deriver(secret_of(1, true)).without_secret({"reversal", "a"}),
            uuid::derive({"reversal", "a"}));
}

TEST(id_deriver, has_other_secrets_each_time) { EXPECT_NE(random_secret(), random_secret()); }

TEST(id_deriver, is_hmac_sha_256) {
  // HMAC-SHA-256 under 32 zero bytes of "\x01\0\0\0\0\0\0\0a", its first 16 bytes, version 8.
  EXPECT_EQ(id_deriver(ledger_secret{}).of({"a"}).str(), "e53cc5d9-6e16-89c0-a813-e32a1a7c3c39");
}

}  // namespace
}  // namespace lifeline::ledger::testing
