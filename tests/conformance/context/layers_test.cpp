// TestLayersCancel and TestLayersTimeout: random towers of values, scopes and deadlines.

#include <deque>
#include <random>
#include <vector>

#include "conformance/context/manual_time.hpp"
#include "random_seed.hpp"

namespace lifeline {
namespace {

using namespace testing;

/// At least thirty layers, of which some are of each kind.
struct tower {
  tower(const context& root, std::mt19937_64& random, duration timeout) : top(root) {
    while (layers < 30 || values == 0 || cancels == 0 || timers == 0) grow(random, timeout);
  }

  void grow(std::mt19937_64& random, duration timeout) {
    ++layers;
    switch (random() % 3) {
      case 0: top = with_value(top, keys.emplace_back("layer"), values++); return;
      case 1:
        scopes.push_back(with_cancel(top));
        ++cancels;
        break;
      default:
        scopes.push_back(with_timeout(top, timeout));
        ++timers;
        break;
    }
    top = scopes.back().ctx();
  }

  void expect_all_values() const {
    for (int i = 0; i < values; ++i) {
      const int* found = top.value(keys[static_cast<std::size_t>(i)]);
      ASSERT_NE(found, nullptr);
      EXPECT_EQ(*found, i);
    }
  }

  context top;
  std::deque<context_key<int>> keys;
  std::vector<cancel_scope> scopes;
  int layers = 0;
  int values = 0;
  int cancels = 0;
  int timers = 0;
};

class layers : public manual_time {
 protected:
  std::uint64_t seed = random_seed();
  std::mt19937_64 random{seed};
};

TEST_F(layers, end_with_any_scope_below_them_and_keep_their_values) {
  for (int round = 0; round < 100; ++round) {
    SCOPED_TRACE(seed);
    {
      tower t(root, random, seconds(3'600));
      expect_alive(t.top);
      t.expect_all_values();
      t.scopes[random() % t.scopes.size()].cancel();
      expect_done(t.top, errc::canceled);
      t.expect_all_values();
    }
    EXPECT_EQ(time.armed(), 0U) << "timers went with their contexts";
  }
}

TEST_F(layers, end_with_the_deadline_below_them_and_keep_their_values) {
  for (int round = 0; round < 100; ++round) {
    SCOPED_TRACE(seed);
    const tower t(root, random, milliseconds(5));
    expect_alive(t.top);
    t.expect_all_values();
    time.advance(milliseconds(5));
    expect_done(t.top, errc::deadline_exceeded);
    t.expect_all_values();
  }
}

}  // namespace
}  // namespace lifeline
