#include "lifeline/ledger/core/key_claim.hpp"

#include <gtest/gtest.h>

#include <array>

namespace lifeline::ledger::testing {
namespace {

constexpr auto alive = lifeline::errc::none;
const uuid mine = uuid::derive({"job"});
const uuid others = uuid::derive({"another"});

order_findings used_for(const std::string& digest, const uuid& object) {
  order_findings f;
  f.key_digest = digest;
  f.key_object = object;
  return f;
}

TEST(key_claim, is_made_where_the_key_is_free) {
  key_claim c("d", mine);
  EXPECT_EQ(key_claim::start(), order_step::look_up);
  EXPECT_EQ(c.looked_up(order_findings{}, alive), order_step::append);
  EXPECT_EQ(c.journaled(verdict::committed), order_step::answer);
  EXPECT_FALSE(c.refused());
  EXPECT_EQ(c.object(), mine);
}

TEST(key_claim, of_the_same_content_stands) {
  key_claim c("d", mine);
  EXPECT_EQ(c.looked_up(used_for("d", others), alive), order_step::answer);
  EXPECT_FALSE(c.refused());
  EXPECT_EQ(c.object(), others) << "the first request's";
}

TEST(key_claim, of_other_content_is_a_mismatch) {
  key_claim c("d", mine);
  EXPECT_EQ(c.looked_up(used_for("other", others), alive), order_step::answer);
  EXPECT_EQ(c.refused()->code, errc::idempotency_mismatch);
}

TEST(key_claim, looks_again_when_another_request_was_faster) {
  key_claim c("d", mine);
  c.looked_up(order_findings{}, alive);
  EXPECT_EQ(c.journaled(verdict::duplicate), order_step::look_up);
  EXPECT_EQ(c.looked_up(used_for("other", others), alive), order_step::answer);
  EXPECT_EQ(c.refused()->code, errc::idempotency_mismatch);
}

TEST(key_claim, does_not_look_for_ever) {
  key_claim c("d", mine);
  c.looked_up(order_findings{}, alive);
  c.journaled(verdict::duplicate);
  EXPECT_EQ(c.looked_up(order_findings{}, alive), order_step::answer) << "it was freed since";
  EXPECT_EQ(c.refused()->code, errc::in_progress);
}

TEST(key_claim, says_what_is_known_when_it_fails) {
  struct row {
    verdict what;
    errc code;
    outcome known;
  };
  for (const row& r : std::array<row, 4>{{
           {verdict::unavailable, errc::store_unavailable, outcome::none},
           {verdict::unknown, errc::store_unavailable, outcome::unknown},
           {verdict::overloaded, errc::overloaded, outcome::none},
           {verdict::violated, errc::internal, outcome::none},
       }}) {
    key_claim c("d", mine);
    c.looked_up(order_findings{}, alive);
    EXPECT_EQ(c.journaled(r.what), order_step::answer);
    EXPECT_EQ(c.refused()->code, r.code);
    EXPECT_EQ(c.refused()->known, r.known);
  }
  key_claim unasked("d", mine);
  EXPECT_EQ(unasked.looked_up(std::nullopt, alive), order_step::answer);
  EXPECT_EQ(unasked.refused()->code, errc::store_unavailable);
  EXPECT_EQ(unasked.refused()->known, outcome::unknown);
  key_claim late("d", mine);
  late.looked_up(order_findings{}, lifeline::errc::deadline_exceeded);
  EXPECT_EQ(late.refused()->code, errc::deadline_exceeded);
  EXPECT_EQ(late.refused()->known, outcome::unknown);
}

}  // namespace
}  // namespace lifeline::ledger::testing
