#include "lifeline/observe/trace.hpp"

#include <gtest/gtest.h>

#include "lifeline/time/manual_clock.hpp"
#include "observe/kept_spans.hpp"

namespace lifeline {
namespace {

using std::chrono::milliseconds;

class trace : public ::testing::Test {
 protected:
  context traced() {
    return with_value(background(time), trace_key, trace_state{&all_of_them, root});
  }
  manual_clock time;
  testing::kept_spans kept;
  tracer all_of_them{kept, 1, time};
  trace_parent root = all_of_them.begin(nullptr);
};

TEST_F(trace, makes_no_span_without_a_recorded_trace) {
  span none = span_of(background(time), "work");
  EXPECT_FALSE(none);
  none.attribute("a", std::int64_t{1});
  none.fail("bad");
  none.end();
  EXPECT_TRUE(kept.all().empty());
  EXPECT_EQ(none.under(background(time)).value(trace_key), nullptr);
}

TEST_F(trace, puts_each_span_within_the_one_above_it) {
  const context ctx = traced();
  {
    const span outer = span_of(ctx, "outer");
    time.advance(milliseconds(2));
    {
      span inner = span_of(outer.under(ctx), "inner ", "one", span_kind::client);
      inner.attribute("rows", std::int64_t{3});
      inner.fail("late");
      time.advance(milliseconds(5));
    }
  }
  ASSERT_EQ(kept.all().size(), 2U);
  const auto all = kept.all();
  const auto& [inner, outer] = std::tie(all[0], all[1]);
  EXPECT_EQ(inner.name, "inner one");
  EXPECT_EQ(inner.kind, span_kind::client);
  EXPECT_EQ(inner.parent, outer.at.span);
  EXPECT_EQ(inner.took, milliseconds(5));
  EXPECT_TRUE(inner.failed);
  EXPECT_EQ(inner.attributes.size(), 2U);
  EXPECT_EQ(outer.parent, root.span);
  EXPECT_EQ(outer.took, milliseconds(7));
  EXPECT_FALSE(outer.failed);
  EXPECT_EQ(inner.start_unix_ns - outer.start_unix_ns, 2'000'000);
  for (const auto& s : kept.all()) EXPECT_EQ(s.at.trace, root.trace);
}

TEST_F(trace, goes_with_work_that_outlives_its_request) {
  context detached;
  {
    const auto request = with_cancel(traced());
    detached = without_cancel(request.ctx());
  }
  span_of(detached, "later").end();
  EXPECT_EQ(kept.all().size(), 1U);
}

TEST_F(trace, has_a_place_that_goes_where_no_context_goes) {
  EXPECT_FALSE(place_of(background(time)));
  EXPECT_FALSE(span().place());
  const auto request = with_cancel(traced());
  span above = span_of(request.ctx(), "above");
  const auto place = above.place();
  ASSERT_TRUE(place);
  EXPECT_EQ(place_of(above.under(request.ctx()))->at, place->at);
  span below = span_of(standing_at(*place), "below");
  below.link(root);
  below.end();
  above.end();
  EXPECT_FALSE(above.place()) << "it is over";
  const auto all = kept.all();
  EXPECT_EQ(all[0].parent, all[1].at.span);
  EXPECT_EQ(all[0].links, std::vector{root});
}

TEST_F(trace, goes_on_where_its_caller_began_it) {
  trace_parent caller{new_trace_id(), new_span_id(), true};
  const tracer none{kept, 0, time};
  const trace_parent mine = none.begin(&caller);
  EXPECT_EQ(mine.trace, caller.trace);
  EXPECT_NE(mine.span, caller.span);
  EXPECT_TRUE(mine.sampled) << "the caller keeps it";
  caller.sampled = false;
  EXPECT_FALSE(none.begin(&caller).sampled);
  EXPECT_TRUE(all_of_them.begin(&caller).sampled) << "we may keep what the caller does not";
}

TEST_F(trace, keeps_the_share_that_is_wanted) {
  const tracer some{kept, 0.25, time};
  int sampled = 0;
  for (int i = 0; i < 40'000; ++i) sampled += some.begin(nullptr).sampled ? 1 : 0;
  EXPECT_GT(sampled, 9'500);  // 5.8 standard deviations to either side
  EXPECT_LT(sampled, 10'500);
}

TEST_F(trace, is_recorded_by_all_tracers_with_the_same_share_or_by_none) {
  const tracer here{kept, 0.5, time};
  const tracer there{kept, 0.5, time};
  for (int i = 0; i < 100; ++i) {
    trace_parent p = here.begin(nullptr);
    const bool sampled = std::exchange(p.sampled, false);
    EXPECT_EQ(there.begin(&p).sampled, sampled);
  }
}

}  // namespace
}  // namespace lifeline
