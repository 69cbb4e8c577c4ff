#include "lifeline/actors/cache_shard.hpp"

#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "lifeline/actor/linked.hpp"
#include "lifeline/actor/reply.hpp"
#include "lifeline/actor/shed.hpp"
#include "lifeline/actors/detail/keyed_hash.hpp"
#include "lifeline/observe/actor_meter.hpp"

namespace lifeline::actors {
namespace detail {

/// Loader → shard. Goes before those who wait hear of it.
struct load_landed {
  std::string key;
  std::uint64_t fill = 0;
  cached_value value{};
  std::uint8_t failed = 0;  // an `errc`
  std::shared_ptr<landing<cached_value>> tell{};
};
template <class Inspector>
auto inspect(Inspector& f, load_landed& x) {
  return fields(f, "load_landed", x, x.key, x.fill, x.value, x.failed);
}

/// A flight → shard: one who waited hears this. Without a waiter's number: a refresh is over.
struct get_ended {
  std::uint64_t waiter = 0;
  cached_value value{};
  std::uint8_t failed = 0;  // an `errc`
};
template <class Inspector>
auto inspect(Inspector& f, get_ended& x) {
  return fields(f, "get_ended", x, x.waiter, x.value, x.failed);
}

}  // namespace detail

#if LIFELINE_CAF_1
namespace {
const lifeline::detail::room_types known(
    caf::init_global_meta_objects<caf::id_block::lifeline_cache_shard>);
}
#endif

namespace {

/// A key, and which of its loads.
using flight_key = std::pair<std::string, std::uint64_t>;
using flights = single_flight<flight_key, cached_value>;

struct waiting_get {
  std::string key;
  context ctx;
  reply answer;
};

struct shard_state {
  static constexpr const char* name = "cache_shard";

  context life;
  cache_shard_options options;
  std::optional<ttl_cache> cache;
  loss own_losses;
  std::uint64_t last_waiter = 0;
  std::unordered_map<std::uint64_t, waiting_get> waiting;
  std::unordered_map<std::uint64_t, cancel_scope> refreshing;
  std::uint64_t loads = 0;
  std::uint64_t refreshes = 0;
  std::uint64_t stood_in = 0;
  flights under_way;

  time_point now() const { return life.time().now(); }
};
using shard_actor = caf::stateful_actor<shard_state>;

std::uint8_t code_of(errc e) { return static_cast<std::uint8_t>(e); }

cache_answered answer_of(cache_source source, cache_finding found) {
  return {.source = static_cast<std::uint8_t>(source),
          .value = {std::move(found.value)},
          .age = found.age,
          .left = found.left};
}

/// Joins the load of `key` that counts, as `waiter`, which hears of it by `get_ended`.
void join_load(shard_actor* self, const context& ctx, const std::string& key,
               std::uint64_t waiter) {
  auto& me = state_of(self);
  const std::uint64_t fill = me.cache->begin_fill(key);
  const auto address = caf::actor_cast<caf::strong_actor_ptr>(self);
  const auto begin = [&me, address, key, fill](const context& c, landing<cached_value> done) {
    ++me.loads;
    const auto tell = std::make_shared<landing<cached_value>>(std::move(done));
    const auto land = [=](const landing<cached_value>::outcome& o) {
      put(address, nullptr, caf::make_message_id(), nullptr,
          detail::load_landed{key, fill, o ? *o : cached_value{},
                              code_of(o ? errc::none : o.error()), tell});
    };
    me.options.load(c, key, landing<cached_value>(land));
  };
  me.under_way.join(ctx, {key, fill}, begin,
                    [address, waiter](const landing<cached_value>::outcome& o) {
                      put(address, nullptr, caf::make_message_id(), nullptr,
                          detail::get_ended{waiter, o ? *o : cached_value{},
                                            code_of(o ? errc::none : o.error())});
                    });
}

void refresh(shard_actor* self, const std::string& key) {
  auto& me = state_of(self);
  if (me.cache->is_filling(key) || me.refreshing.size() >= me.options.most_refreshes) return;
  const std::uint64_t number = ++me.last_waiter;
  const auto& scope =
      me.refreshing.emplace(number, with_timeout(me.life, me.options.refresh_timeout))
          .first->second;
  ++me.refreshes;
  join_load(self, scope.ctx(), key, number);
}

caf::result<cache_answered> get(shard_actor* self, const context& ctx, const get_cached& m) {
  using freshness = cache_finding::freshness;
  auto& me = state_of(self);
  cache_finding found = me.cache->get(m.key, me.now());
  const bool loads = me.options.load != nullptr;
  if (found.how == freshness::fresh) {
    if (loads && found.wants_refresh) refresh(self, m.key);
    return answer_of(cache_source::hit, std::move(found));
  }
  if (!loads) return answer_of(cache_source::absent, {});
  const std::uint64_t waiter = ++me.last_waiter;
  me.waiting.emplace(waiter, waiting_get{m.key, ctx, reply(self)});
  join_load(self, ctx, m.key, waiter);
  return answers_later<cache_answered>();
}

void keep(shard_actor* self, const detail::load_landed& m) {
  auto& me = state_of(self);
  if (m.failed != 0) {
    me.cache->abandon_fill(m.key, m.fill);
    return m.tell->fail(static_cast<errc>(m.failed));
  }
  me.cache->finish_fill(m.key, m.fill, m.value.bytes, me.now(), m.value.ttl);
  (*m.tell)(m.value);
}

/// A load that failed: what was kept past its end may stand in, unless it was erased meanwhile.
void stand_in(shard_actor* self, const waiting_get& who, errc why) {
  auto& me = state_of(self);
  if (who.ctx.done()) return who.answer.fail(who.ctx.err());
  cache_finding found = me.cache->get(who.key, me.now());
  switch (found.how) {
    case cache_finding::freshness::absent: return who.answer.fail(why);
    case cache_finding::freshness::fresh:
      return who.answer(answer_of(cache_source::hit, std::move(found)));
    case cache_finding::freshness::stale:
      ++me.stood_in;
      return who.answer(answer_of(cache_source::stale, std::move(found)));
  }
}

void end_get(shard_actor* self, const detail::get_ended& m) {
  auto& me = state_of(self);
  if (me.refreshing.erase(m.waiter) != 0) return;
  const auto node = me.waiting.extract(m.waiter);
  if (!node) return;
  if (m.failed != 0) return stand_in(self, node.mapped(), static_cast<errc>(m.failed));
  node.mapped().answer(cache_answered{.source = static_cast<std::uint8_t>(cache_source::loaded),
                                      .value = m.value,
                                      .left = m.value.ttl.value_or(me.options.cache.ttl)});
}

cache_changed changed(shard_actor* self) { return {state_of(self).cache->entries()}; }

cache_figures figures(shard_actor* self) {
  const auto& me = state_of(self);
  const ttl_cache_figures& f = me.cache->figures();
  return {.entries = me.cache->entries(),
          .bytes = me.cache->bytes(),
          .hits = f.hits,
          .negative = f.negative,
          .stale = me.stood_in,
          .misses = f.misses,
          .loads = me.loads,
          .refreshes = me.refreshes,
          .evicted = f.evicted,
          .erased = f.erased};
}

caf::behavior run_cache_shard(shard_actor* self, const context& life, cache_shard_options options,
                              loss* losses, actor_meter* meter) {
  auto& me = state_of(self);
  me.life = life;
  me.options = std::move(options);
  me.cache.emplace(me.options.cache);
  loss& counted = losses != nullptr ? *losses : me.own_losses;
  return metered(
      self, meter,
      {shed(self, counted,
            [self](const context& ctx, const get_cached& m) -> caf::result<cache_answered> {
              return get(self, ctx, m);
            }),
       shed(self, counted,
            [self](const context&, const set_cached& m) {
              auto& cache = *state_of(self).cache;
              cache.set(m.key, m.value.bytes, state_of(self).now(), m.value.ttl);
              return changed(self);
            }),
       shed(self, counted,
            [self](const context&, const erase_cached& m) {
              auto& cache = *state_of(self).cache;
              m.is_prefix ? void(cache.erase_prefix(m.key)) : cache.erase(m.key);
              return changed(self);
            }),
       shed(self, counted,
            [self](const context&, const ask_cache_figures&) { return figures(self); }),
       [self](const detail::load_landed& m) { keep(self, m); },
       [self](const detail::get_ended& m) { end_get(self, m); }});
}

}  // namespace

caf::actor spawn_cache_shard(caf::actor_system& system, const context& life,
                             cache_shard_options options, loss* losses, actor_meter* meter) {
  ttl_cache check({.most_entries = options.cache.most_entries,
                   .most_bytes = options.cache.most_bytes,
                   .jitter = options.cache.jitter});  // throws if it can't be
  return spawn_linked(system, life, run_cache_shard, life, std::move(options), losses, meter);
}

const caf::actor& cache_shards::of(std::string_view key) const {
  return shards_[detail::keyed_hash(key, seed_) % shards_.size()];
}

}  // namespace lifeline::actors
