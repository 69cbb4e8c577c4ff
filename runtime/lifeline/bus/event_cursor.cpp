#include "lifeline/bus/event_cursor.hpp"

#include <algorithm>

namespace lifeline {

event_cursor::step event_cursor::take(const event_ring& ring, std::size_t most,
                                      std::vector<event_ptr>& out) {
  if (position_ >= ring.last()) return {};
  if (policy_ == when_behind::hears_latest_of_key) return take_latest(ring, most, out);
  const bool bounded = policy_ != when_behind::hears_a_gap && bound_ != 0;
  const std::uint64_t oldest_wanted =
      bounded && ring.last() > bound_ ? ring.last() - bound_ + 1 : 1;
  const std::uint64_t next = std::max({position_ + 1, ring.first(), oldest_wanted});
  const std::uint64_t missed = next - position_ - 1;
  if (missed != 0 && policy_ == when_behind::is_disconnected) return {0, 0, false, true};
  const std::uint64_t end = next + std::min<std::uint64_t>(most, ring.last() + 1 - next);
  for (std::uint64_t s = next; s < end; ++s) out.push_back(ring.at(s));
  const step done{end - position_ - 1, missed, missed != 0 && policy_ == when_behind::hears_a_gap,
                  false};
  position_ = end - 1;
  return done;
}

event_cursor::step event_cursor::take_latest(const event_ring& ring, std::size_t most,
                                             std::vector<event_ptr>& out) {
  auto next = ring.latest().upper_bound(position_);
  std::uint64_t taken = 0;
  std::uint64_t to = position_;
  for (; next != ring.latest().end() && taken < most; ++next, ++taken) {
    out.push_back(next->second);
    to = next->first;
  }
  if (next == ring.latest().end()) to = std::max(to, ring.last());
  const step done{to - position_, to - position_ - taken, false, false};
  position_ = to;
  return done;
}

}  // namespace lifeline
