#include "lifeline/guards/s3_fifo.hpp"

#include <algorithm>
#include <bit>

namespace lifeline::guards {

ghost_list::ghost_list(std::size_t most)
    : most_(static_cast<std::uint32_t>(std::clamp<std::size_t>(most, 1, 1U << 30))),
      sets_(std::bit_ceil(std::max<std::size_t>(most_ / 2, 1))) {}

void ghost_list::add(std::uint64_t hash) noexcept {
  if (++last_ == 0) ++last_;
  set& s = set_of(hash);
  auto* oldest = &s[0];
  for (mark& m : s)
    if (m.number == 0 || last_ - m.number > last_ - oldest->number) oldest = &m;
  *oldest = {tag_of(hash), last_};
}

bool ghost_list::take(std::uint64_t hash) noexcept {
  for (mark& m : set_of(hash)) {
    if (!is_new(m) || m.tag != tag_of(hash)) continue;
    m = {};
    return true;
  }
  return false;
}

s3_fifo::s3_fifo(std::size_t most_entries, std::size_t most_bytes)
    : most_entries_(most_entries), most_bytes_(most_bytes), ghosts_(most_entries) {}

void s3_fifo::insert(slot s, std::uint64_t hash, std::size_t bytes) {
  if (s >= nodes_.size()) {
    nodes_.resize(static_cast<std::size_t>(s) + 1);
    uses_.resize(nodes_.size());
  }
  nodes_[s] = {};
  uses_[s] = 0;
  nodes_[s].bytes = bytes;
  nodes_[s].hash = hash;
  push(s, ghosts_.take(hash) ? place::main : place::small);
}

void s3_fifo::erase(slot s) noexcept { unlink(s); }

void s3_fifo::resize(slot s, std::size_t bytes) noexcept {
  node& n = nodes_[s];
  queue_of(n.where).bytes += bytes - n.bytes;
  n.bytes = bytes;
}

std::optional<s3_fifo::slot> s3_fifo::evict() {
  while (entries() > 0) {
    if (small_is_due()) {
      if (const auto s = evict_small()) return s;
    } else if (const auto s = evict_main()) {
      return s;
    }
  }
  return std::nullopt;
}

/// True if the small queue has more than a tenth, or the main one is empty. A last single entry
/// stays in the small queue; in a tiny cache, none could enter otherwise.
bool s3_fifo::small_is_due() const noexcept {
  if (main_.entries == 0) return true;
  return small_.entries > 1 &&
         (small_.entries * 10 > most_entries_ || small_.bytes > most_bytes_ / 10);
}

/// One step: evicts the oldest entry, or moves it to the main queue.
std::optional<s3_fifo::slot> s3_fifo::evict_small() {
  const slot s = small_.oldest;
  unlink(s);
  if (uses_[s] > 1) {
    uses_[s] = 0;
    push(s, place::main);
    return std::nullopt;
  }
  ghosts_.add(nodes_[s].hash);
  return s;
}

/// One step: evicts the oldest entry, or reinserts it with one use less.
std::optional<s3_fifo::slot> s3_fifo::evict_main() {
  const slot s = main_.oldest;
  unlink(s);
  if (uses_[s] > 0) {
    --uses_[s];
    push(s, place::main);
    return std::nullopt;
  }
  return s;
}

void s3_fifo::push(slot s, place where) noexcept {
  queue& q = queue_of(where);
  node& n = nodes_[s];
  n.where = where;
  n.prev = none;
  n.next = q.newest;
  if (q.newest != none) nodes_[q.newest].prev = s;
  q.newest = s;
  if (q.oldest == none) q.oldest = s;
  ++q.entries;
  q.bytes += n.bytes;
}

void s3_fifo::unlink(slot s) noexcept {
  node& n = nodes_[s];
  queue& q = queue_of(n.where);
  (n.prev != none ? nodes_[n.prev].next : q.newest) = n.next;
  (n.next != none ? nodes_[n.next].prev : q.oldest) = n.prev;
  --q.entries;
  q.bytes -= n.bytes;
  n.where = place::nowhere;
}

}  // namespace lifeline::guards
