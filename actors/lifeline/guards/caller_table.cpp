#include "lifeline/guards/caller_table.hpp"

#include <algorithm>
#include <bit>

#include "lifeline/guards/detail/keyed_hash.hpp"

namespace lifeline::guards {

caller_table::caller_table(const bucket_terms& terms, std::size_t most, std::uint64_t seed)
    : terms_(terms), most_in_part_(std::max<std::size_t>(most / parts_.size(), 8)), seed_(seed) {
  for (part& p : parts_) p.slots.resize(16);
}

caller_key caller_table::key_of(std::string_view caller) const noexcept {
  // Setting the lowest bit makes every key differ from that of an empty slot.
  return {detail::keyed_hash(caller, seed_), detail::keyed_hash(caller, ~seed_) | 1};
}

bucket_level& caller_table::of(const caller_key& key, time_point now) {
  part& p = part_of(key);
  if (entry& found = p.at(key); found.key == key) {
    found.level.refill(terms_, now);
    return found.level;
  }
  if (p.crowded()) sweep(p, now);
  entry& newcomer = p.at(key);
  newcomer = {key, {terms_.full(), now}};
  ++p.used;
  return newcomer.level;
}

bucket_level caller_table::peek(const caller_key& key, time_point now) const {
  const entry& found = part_of(key).at(key);
  bucket_level level = found.key == key ? found.level : bucket_level{terms_.full(), now};
  level.refill(terms_, now);
  return level;
}

void caller_table::set_terms(const bucket_terms& terms, time_point now) {
  for (part& p : parts_)
    for (entry& e : p.slots)
      if (e.key != caller_key{}) e.level = converted(e.level, terms_, terms, now);
  terms_ = terms;
}

std::size_t caller_table::size() const noexcept {
  std::size_t sum = 0;
  for (const part& p : parts_) sum += p.used;
  return sum;
}

std::size_t caller_table::bytes() const noexcept {
  std::size_t sum = sizeof(*this);
  for (const part& p : parts_) sum += p.slots.capacity() * sizeof(entry);
  return sum;
}

/// Makes room: removes callers with a full bucket and, at the bound, those with the fullest.
void caller_table::sweep(part& p, time_point now) {
  std::vector<entry> kept;
  for (entry& e : p.slots)
    if (e.key != caller_key{} && !e.level.is_full(terms_, now)) kept.push_back(e);
  if (kept.size() >= most_in_part_) {
    for (entry& e : kept) e.level.refill(terms_, now);
    const auto end = kept.begin() + static_cast<std::ptrdiff_t>(most_in_part_ - most_in_part_ / 8);
    std::nth_element(kept.begin(), end, kept.end(),
                     [](const entry& a, const entry& b) { return a.level.units < b.level.units; });
    kept.erase(end, kept.end());
  }
  part swept;
  swept.slots.resize(std::bit_ceil(std::max<std::size_t>(kept.size() * 16 / 11 + 1, 16)));
  for (const entry& e : kept) swept.put(e);
  p = std::move(swept);
}

const caller_table::entry& caller_table::part::at(const caller_key& key) const {
  const std::size_t mask = slots.size() - 1;
  std::size_t place = key.low >> 1 & mask;
  while (slots[place].key != key && slots[place].key != caller_key{}) place = (place + 1) & mask;
  return slots[place];
}

void caller_table::part::put(const entry& e) {
  at(e.key) = e;
  ++used;
}

}  // namespace lifeline::guards
