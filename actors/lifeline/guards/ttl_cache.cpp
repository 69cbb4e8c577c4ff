#include "lifeline/guards/ttl_cache.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "lifeline/guards/detail/keyed_hash.hpp"

namespace lifeline::guards {
namespace {

/// Approximate size of an entry besides its key and value: slot, place and order.
constexpr std::size_t overhead = 240;

std::size_t cost_of(std::string_view key, const cached_bytes& value) {
  return overhead + key.size() + (value ? value->size() : 0);
}

}  // namespace

ttl_cache::ttl_cache(const ttl_cache_options& options)
    : options_(options),
      chance_(options.seed),
      places_(64),
      order_(options.most_entries, options.most_bytes),
      sorted_(by_key{this}) {
  if (!(options.jitter >= 0 && options.jitter <= 1))
    throw std::invalid_argument("jitter must lie between 0 and 1");
  if (options.most_entries >= none) throw std::invalid_argument("most_entries is too large");
}

cache_finding ttl_cache::get(std::string_view key, time_point now) {
  const slot s = slot_of(key);
  if (s == none) return ++figures_.misses, cache_finding{};
  const duration left = time_between(now, entries_[s].ends);
  if (left <= -std::max(options_.stale_for, duration::zero()) && left <= duration::zero()) {
    remove(s);
    return ++figures_.misses, cache_finding{};
  }
  return found(s, left, now);
}

std::optional<cache_finding> ttl_cache::get_settled(std::string_view key, time_point now) {
  const slot s = slot_of(key);
  if (s == none) return std::nullopt;
  const duration left = time_between(now, entries_[s].ends);
  if (left <= duration::zero() || is_due(entries_[s], left)) return std::nullopt;
  return found(s, left, now);
}

ttl_cache::slot ttl_cache::slot_of(std::string_view key) const noexcept {
  return places_[find_place(key, hash_of(key))].at;
}

std::uint64_t ttl_cache::hash_of(std::string_view key) const noexcept {
  return detail::keyed_hash(key, options_.seed);
}

/// Whether an early refresh is useful; never for keys known not to exist.
bool ttl_cache::is_due(const entry& e, duration left) const noexcept {
  return left <= options_.refresh_ahead && e.value != nullptr;
}

cache_finding ttl_cache::found(slot s, duration left, time_point now) {
  const entry& e = entries_[s];
  order_.hit(s);
  const bool fresh = left > duration::zero();
  ++(fresh ? figures_.hits : figures_.stale);
  if (fresh && !e.value) ++figures_.negative;
  return {.how = fresh ? cache_finding::freshness::fresh : cache_finding::freshness::stale,
          .value = e.value,
          .age = time_between(e.stored, now),
          .left = left,
          .wants_refresh = fresh && is_due(e, left)};
}

void ttl_cache::set(std::string_view key, cached_bytes value, time_point now,
                    std::optional<duration> ttl) {
  if (const auto fill = fills_.find(key); fill != fills_.end()) fills_.erase(fill);
  put(key, std::move(value), now, ttl);
}

void ttl_cache::put(std::string_view key, cached_bytes value, time_point now,
                    std::optional<duration> ttl, duration age) {
  const std::uint64_t hash = hash_of(key);
  const std::size_t bytes = cost_of(key, value);
  slot s = places_[find_place(key, hash)].at;
  if (bytes > options_.most_bytes || options_.most_entries == 0) {
    ++figures_.refused_fills;
    if (s != none) remove(s);
    return;
  }
  if (s == none)
    s = add(key, hash, bytes);
  else
    order_.resize(s, bytes);
  entry& e = entries_[s];
  e.stored = now - std::max(age, duration::zero());
  e.ends = lifeline::time_after(now, life_of(value, ttl));
  e.value = std::move(value);
  while (order_.is_over()) {
    const auto victim = order_.evict();
    if (!victim) break;
    ++figures_.evicted;
    const slot gone = *victim;
    sorted_.erase(gone);
    clear_place(find_place(entries_[gone].key, hash_of(entries_[gone].key)));
    entries_[gone] = {};
    free_.push_back(gone);
  }
}

void ttl_cache::erase(std::string_view key) {
  if (const auto fill = fills_.find(key); fill != fills_.end()) fills_.erase(fill);
  const slot s = slot_of(key);
  if (s == none) return;
  remove(s);
  ++figures_.erased;
}

std::size_t ttl_cache::erase_prefix(std::string_view prefix) {
  for (auto f = fills_.lower_bound(prefix);
       f != fills_.end() && std::string_view(f->first).starts_with(prefix);)
    f = fills_.erase(f);
  std::vector<slot> all;
  for (auto s = sorted_.lower_bound(prefix);
       s != sorted_.end() && std::string_view(entries_[*s].key).starts_with(prefix); ++s)
    all.push_back(*s);
  for (const slot s : all) remove(s);
  figures_.erased += all.size();
  return all.size();
}

std::uint64_t ttl_cache::begin_fill(std::string_view key) {
  return fills_.insert_or_assign(std::string(key), ++last_fill_).first->second;
}

std::optional<std::uint64_t> ttl_cache::filling(std::string_view key) const {
  const auto found = fills_.find(key);
  return found == fills_.end() ? std::nullopt : std::optional(found->second);
}

bool ttl_cache::finish_fill(std::string_view key, std::uint64_t fill, cached_bytes value,
                            time_point now, std::optional<duration> ttl, duration age) {
  const auto found = fills_.find(key);
  if (found == fills_.end() || found->second != fill) return ++figures_.refused_fills, false;
  fills_.erase(found);
  put(key, std::move(value), now, ttl, age);
  return true;
}

bool ttl_cache::abandon_fill(std::string_view key, std::uint64_t fill) {
  const auto found = fills_.find(key);
  if (found == fills_.end() || found->second != fill) return false;
  fills_.erase(found);
  return true;
}

/// The key's place, or the empty place for it.
std::size_t ttl_cache::find_place(std::string_view key, std::uint64_t hash) const noexcept {
  const std::size_t mask = places_.size() - 1;
  const auto tag = static_cast<std::uint32_t>(hash >> 32);
  std::size_t at = tag & mask;
  while (places_[at].at != none && (places_[at].tag != tag || entries_[places_[at].at].key != key))
    at = (at + 1) & mask;
  return at;
}

ttl_cache::slot ttl_cache::add(std::string_view key, std::uint64_t hash, std::size_t bytes) {
  if ((entries() + 1) * 4 > places_.size() * 3) grow();
  slot s = static_cast<slot>(entries_.size());
  if (free_.empty()) {
    entries_.emplace_back();
  } else {
    s = free_.back();
    free_.pop_back();
  }
  entries_[s].key = key;
  places_[find_place(key, hash)] = {static_cast<std::uint32_t>(hash >> 32), s};
  order_.insert(s, hash, bytes);
  sorted_.insert(s);
  return s;
}

void ttl_cache::remove(slot s) {
  sorted_.erase(s);
  order_.erase(s);
  clear_place(find_place(entries_[s].key, hash_of(entries_[s].key)));
  entries_[s] = {};
  free_.push_back(s);
}

/// Empties a place and moves up later entries that could not be found otherwise.
void ttl_cache::clear_place(std::size_t at) {
  const std::size_t mask = places_.size() - 1;
  std::size_t hole = at;
  for (std::size_t i = (hole + 1) & mask; places_[i].at != none; i = (i + 1) & mask) {
    const std::size_t home = home_of(places_[i]);
    if (((i - home) & mask) < ((i - hole) & mask)) continue;  // it belongs between home and hole
    places_[hole] = places_[i];
    hole = i;
  }
  places_[hole] = {};
}

void ttl_cache::grow() {
  table<place> old(places_.size() * 2);
  old.swap(places_);
  const std::size_t mask = places_.size() - 1;
  for (const place& p : old) {
    if (p.at == none) continue;
    std::size_t at = home_of(p);
    while (places_[at].at != none) at = (at + 1) & mask;
    places_[at] = p;
  }
}

duration ttl_cache::life_of(const cached_bytes& value, std::optional<duration> ttl) {
  const duration whole = ttl.value_or(value ? options_.ttl : options_.negative_ttl);
  const double fraction = static_cast<double>(chance_() >> 11) * 0x1.0p-53;
  const double part = static_cast<double>(whole.count()) * options_.jitter * fraction;
  return whole - duration(static_cast<duration::rep>(part));
}

}  // namespace lifeline::guards
