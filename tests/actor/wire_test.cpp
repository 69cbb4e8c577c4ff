#include "lifeline/actor/wire.hpp"

#include <gtest/gtest.h>
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>

#include <limits>
#include <optional>
#include <random>
#include <vector>

#include "actor/actor_fixture.hpp"
#include "lifeline/context/watch.hpp"

namespace lifeline {
namespace {

using detail::from_wire;
using detail::to_wire;
using detail::wire_context;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

#if LIFELINE_CAF_1
using caf_bytes = caf::byte_buffer;
caf_bytes written(caf::actor_system& system, context& x) {
  caf_bytes b;
  caf::binary_serializer out(system, b);
  EXPECT_TRUE(out.apply(x));
  return b;
}
bool read_from(caf::actor_system& system, const caf_bytes& b, context& x) {
  caf::binary_deserializer in(system, b);
  return in.apply(x);
}
#else
using caf_bytes = std::vector<char>;
caf_bytes written(caf::actor_system& system, context& x) {
  caf_bytes b;
  caf::binary_serializer out(system, b);
  EXPECT_FALSE(out(x));
  return b;
}
bool read_from(caf::actor_system& system, const caf_bytes& b, context& x) {
  caf::binary_deserializer in(system, b);
  return !in(x);
}
#endif

class a_context_on_the_wire : public testing::actor_fixture {
 protected:
  using bytes = caf_bytes;

  bytes write(context ctx) { return written(system, ctx); }
  /// Empty if the bytes are rejected.
  std::optional<context> read(const bytes& b) {
    context back;
    return read_from(system, b, back) ? std::optional(back) : std::nullopt;
  }
  context round_trip(const context& ctx) { return read(write(ctx)).value(); }
};

TEST_F(a_context_on_the_wire, without_end_or_deadline_becomes_a_root) {
  const context back = round_trip(root);
  EXPECT_TRUE(back.node().is_root());
}

TEST_F(a_context_on_the_wire, carries_time_left_not_a_point_in_time) {
  const auto scope = with_timeout(root, hours(3));
  time.advance(hours(1));
  const time_point before = process_clock().now();
  const context back = round_trip(scope.ctx());
  EXPECT_GE(*back.deadline(), before + hours(2));
  EXPECT_LE(*back.deadline(), process_clock().now() + hours(2));
}

TEST_F(a_context_on_the_wire, carries_how_it_ended) {
  auto cancelled = with_timeout(root, hours(1));
  cancelled.cancel();
  const auto expired = with_timeout(root, seconds(-1));
  EXPECT_EQ(round_trip(cancelled.ctx()).err(), errc::canceled);
  EXPECT_EQ(round_trip(expired.ctx()).err(), errc::deadline_exceeded);
}

TEST_F(a_context_on_the_wire, ends_at_its_deadline_on_the_other_side) {
  context back = *from_wire({milliseconds(1) / duration(1), 0});
  const auto child = with_cancel(back);
  back = root;  // the child holds it
  wait(child.ctx());
  EXPECT_EQ(child.ctx().err(), errc::deadline_exceeded);
  EXPECT_TRUE(from_wire({0, 0})->done());
}

TEST_F(a_context_on_the_wire, may_be_dropped_before_its_deadline) {
  for (int i = 0; i < 1'000; ++i) from_wire({hours(1) / duration(1), 0});
}

TEST_F(a_context_on_the_wire, is_read_without_harm_whatever_it_says) {
  constexpr auto longest = std::numeric_limits<std::int64_t>::max();
  EXPECT_FALSE(from_wire({longest, 0})->done());
  EXPECT_FALSE(from_wire({longest - 1, 0})->done());
  EXPECT_EQ(from_wire({longest, 1})->err(), errc::canceled);
  EXPECT_FALSE(from_wire({longest, 3})) << "no context ends so";
  EXPECT_FALSE(from_wire({-2, 0}));
  EXPECT_FALSE(from_wire({std::numeric_limits<std::int64_t>::min(), 0}));
  EXPECT_FALSE(from_wire({-1, 0, {wire_context::most_values + 1, {"name", "value"}}}));
}

TEST_F(a_context_on_the_wire, carries_the_values_that_have_a_codec_and_no_others) {
  static const context_key<int> at_home{"at_home"};
  const auto scope =
      with_timeout(with_value(with_value(root, testing::request_id, "r-1"), at_home, 1), hours(1));
  const context back = round_trip(scope.ctx());
  ASSERT_NE(back.value(testing::request_id), nullptr);
  EXPECT_EQ(*back.value(testing::request_id), "r-1");
  EXPECT_EQ(back.value(at_home), nullptr);
}

/// A number in decimal digits.
std::optional<int> read_number(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != text.npos) return std::nullopt;
  return std::stoi(std::string(text));
}

TEST_F(a_context_on_the_wire, refuses_a_value_that_its_codec_refuses_and_skips_unknown_names) {
  static const context_key<int> attempt{"attempt"};
  wire_values values;
  values.add(
      attempt, [](int n) { return std::to_string(n); }, read_number);
  const auto w = to_wire(with_value(root, attempt, 3), &values);
  EXPECT_EQ(*from_wire(w, &values)->value(attempt), 3);
  EXPECT_FALSE(from_wire({-1, 0, {{"attempt", "three"}}}, &values));
  EXPECT_FALSE(from_wire({-1, 0, {{"attempt", ""}}}, &values));
  EXPECT_EQ(from_wire({-1, 0, {{"unknown", "three"}}}, &values)->value(attempt), nullptr);
}

TEST_F(a_context_on_the_wire, is_refused_when_cut_short_and_never_crashes_on_other_bytes) {
  const auto scope = with_timeout(with_value(root, testing::request_id, "r-1"), hours(1));
  const bytes whole = write(scope.ctx());
  for (std::size_t n = 0; n < whole.size(); ++n)
    EXPECT_FALSE(read(bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)))) << n;
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  int refused = 0;
  for (int i = 0; i < 2'000; ++i) {
    bytes other = whole;
    other[random() % other.size()] = static_cast<bytes::value_type>(random() & 0xff);
    if (!read(other)) ++refused;
  }
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace lifeline
