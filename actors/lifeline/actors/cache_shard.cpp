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

/// What a flight brings: loaded, or out of the second tier.
struct arrived {
  cached_value value{};
  bool second = false;
  duration age = duration::zero();
};

/// Second tier → shard: what it has, if anything.
struct tier_looked {
  std::string key;
  std::uint64_t fill = 0;
  std::optional<tier_finding> found{};
  context ctx{};
  std::shared_ptr<landing<arrived>> tell{};
};
template <class Inspector>
auto inspect(Inspector& f, tier_looked& x) {
  return fields(f, "tier_looked", x, x.key, x.fill);
}

/// Second tier → shard: it has forgotten, too.
struct tier_erased {
  std::uint8_t unused = 0;
  reply answer{};
};
template <class Inspector>
auto inspect(Inspector& f, tier_erased& x) {
  return fields(f, "tier_erased", x, x.unused);
}

/// Loader → shard. Goes before those who wait hear of it.
struct load_landed {
  std::string key;
  std::uint64_t fill = 0;
  cached_value value{};
  std::uint8_t failed = 0;  // an `errc`
  std::shared_ptr<landing<arrived>> tell{};
};
template <class Inspector>
auto inspect(Inspector& f, load_landed& x) {
  return fields(f, "load_landed", x, x.key, x.fill, x.value, x.failed);
}

/// A flight → shard: one who waited hears this. Without a waiter's number: a refresh is over.
struct get_ended {
  std::uint64_t waiter = 0;
  cached_value value{};
  bool second = false;
  duration age = duration::zero();
  std::uint8_t failed = 0;  // an `errc`
};
template <class Inspector>
auto inspect(Inspector& f, get_ended& x) {
  return fields(f, "get_ended", x, x.waiter, x.value, x.second, x.age, x.failed);
}

}  // namespace detail

#if LIFELINE_CAF_1
namespace {
const lifeline::detail::room_types known(
    caf::init_global_meta_objects<caf::id_block::lifeline_cache_shard>);
}
#endif

namespace detail {

/// A key, and which of its loads.
using flight_key = std::pair<std::string, std::uint64_t>;
using flights = single_flight<flight_key, arrived>;

struct waiting_get {
  std::string key;
  context ctx;
  reply answer;
};

struct shard_state {
  static constexpr const char* name = "cache_shard";

  void open(cache_shard_options with) {
    options = std::move(with);
    if (!options.load) options.cache.refresh_ahead = duration::zero();
    cache.emplace(options.reader.value_or(cache_reader()).window_, life.time(), options.cache);
  }

  context life;
  cache_shard_options options;
  std::optional<shared_core<ttl_cache>> cache;
  loss own_losses;
  std::uint64_t last_waiter = 0;
  std::unordered_map<std::uint64_t, waiting_get> waiting;
  std::unordered_map<std::uint64_t, cancel_scope> refreshing;
  std::uint64_t loads = 0;
  std::uint64_t refreshes = 0;
  std::uint64_t stood_in = 0;
  std::uint64_t second = 0;
  flights under_way;
};

}  // namespace detail

namespace {

using shard_actor = caf::stateful_actor<detail::shard_state>;

std::uint8_t code_of(errc e) { return static_cast<std::uint8_t>(e); }

cache_answered answer_of(cache_source source, cache_finding found) {
  return {.source = static_cast<std::uint8_t>(source),
          .value = {std::move(found.value)},
          .age = found.age,
          .left = found.left};
}

void load(shard_actor* self, const context& ctx, const std::string& key, std::uint64_t fill,
          const std::shared_ptr<landing<detail::arrived>>& tell) {
  auto& me = state_of(self);
  ++me.loads;
  const auto address = caf::actor_cast<caf::strong_actor_ptr>(self);
  const auto land = [=](const landing<cached_value>::outcome& o) {
    put(address, nullptr, caf::make_message_id(), nullptr,
        detail::load_landed{key, fill, o ? *o : cached_value{}, code_of(o ? errc::none : o.error()),
                            tell});
  };
  me.options.load(ctx, key, landing<cached_value>(land));
}

/// The core, under its lock, and the time.
template <class F>
auto use(shard_actor* self, F f) {
  return state_of(self).cache->use(std::move(f));
}

/// Asks the second tier, whose word comes back as `tier_looked`.
void look_in_second(shard_actor* self, const context& ctx, const std::string& key,
                    std::uint64_t fill, const std::shared_ptr<landing<detail::arrived>>& tell) {
  const auto address = caf::actor_cast<caf::strong_actor_ptr>(self);
  const auto looked = [=](const tier_landing::outcome& o) {
    put(address, nullptr, caf::make_message_id(), nullptr,
        detail::tier_looked{key, fill, o ? *o : std::nullopt, ctx, tell});
  };
  state_of(self).options.second->get(ctx, key, tier_landing(looked));
}

/// Joins the load of `key` that counts, as `waiter`, which hears of it by `get_ended`.
void join_load(shard_actor* self, const context& ctx, const std::string& key, std::uint64_t waiter,
               bool ahead_of_need) {
  auto& me = state_of(self);
  const std::uint64_t fill = use(self, [&](ttl_cache& c, time_point) { return c.begin_fill(key); });
  const auto address = caf::actor_cast<caf::strong_actor_ptr>(self);
  const bool looks = me.options.second != nullptr && !ahead_of_need;
  const auto begin = [=](const context& c, landing<detail::arrived> done) {
    const auto tell = std::make_shared<landing<detail::arrived>>(std::move(done));
    looks ? look_in_second(self, c, key, fill, tell) : load(self, c, key, fill, tell);
  };
  me.under_way.join(ctx, {key, fill}, begin,
                    [address, waiter](const landing<detail::arrived>::outcome& o) {
                      const auto a = o ? *o : detail::arrived{};
                      put(address, nullptr, caf::make_message_id(), nullptr,
                          detail::get_ended{waiter, a.value, a.second, a.age,
                                            code_of(o ? errc::none : o.error())});
                    });
}

void refresh(shard_actor* self, const std::string& key) {
  auto& me = state_of(self);
  const bool begun = use(self, [&](ttl_cache& c, time_point) { return c.is_filling(key); });
  if (begun || me.refreshing.size() >= me.options.most_refreshes) return;
  const std::uint64_t number = ++me.last_waiter;
  const auto& scope =
      me.refreshing.emplace(number, with_timeout(me.life, me.options.refresh_timeout))
          .first->second;
  ++me.refreshes;
  join_load(self, scope.ctx(), key, number, true);
}

caf::result<cache_answered> get(shard_actor* self, const context& ctx, const get_cached& m) {
  using freshness = cache_finding::freshness;
  auto& me = state_of(self);
  auto found = use(self, [&](ttl_cache& c, time_point now) { return c.get(m.key, now); });
  const bool looks_further = me.options.load != nullptr || me.options.second != nullptr;
  if (found.how == freshness::fresh) {
    if (found.wants_refresh) refresh(self, m.key);
    return answer_of(cache_source::hit, std::move(found));
  }
  if (!looks_further) return answer_of(cache_source::absent, {});
  if (me.waiting.size() >= me.options.most_waiting) {
    if (found.how == freshness::absent) return to_caf(errc::overloaded);
    ++me.stood_in;
    return answer_of(cache_source::stale, std::move(found));
  }
  const std::uint64_t waiter = ++me.last_waiter;
  me.waiting.emplace(waiter, detail::waiting_get{m.key, ctx, reply(self)});
  join_load(self, ctx, m.key, waiter, false);
  return answers_later<cache_answered>();
}

duration life_of(shard_actor* self, const cached_value& v) {
  const auto& how = state_of(self).options.cache;
  return v.ttl.value_or(v.bytes ? how.ttl : how.negative_ttl);
}

void abandon_fill(shard_actor* self, const std::string& key, std::uint64_t fill) {
  use(self, [&](ttl_cache& c, time_point) { c.abandon_fill(key, fill); });
}

/// Only what the shard keeps itself goes to the second tier: never what was erased meanwhile.
void keep(shard_actor* self, const detail::load_landed& m) {
  auto& me = state_of(self);
  if (m.failed != 0) {
    abandon_fill(self, m.key, m.fill);
    return m.tell->fail(static_cast<errc>(m.failed));
  }
  const bool counts = use(self, [&](ttl_cache& c, time_point now) {
    return c.finish_fill(m.key, m.fill, m.value.bytes, now, m.value.ttl);
  });
  if (counts && me.options.second)
    me.options.second->set(m.key, m.value.bytes, life_of(self, m.value));
  (*m.tell)({m.value, false, duration::zero()});
}

void go_on(shard_actor* self, const detail::tier_looked& m) {
  auto& me = state_of(self);
  if (m.found) {
    use(self, [&](ttl_cache& c, time_point now) {
      return c.finish_fill(m.key, m.fill, m.found->value, now, m.found->left, m.found->age);
    });
    return (*m.tell)({{m.found->value, m.found->left}, true, m.found->age});
  }
  if (me.options.load && !m.ctx.done()) return load(self, m.ctx, m.key, m.fill, m.tell);
  abandon_fill(self, m.key, m.fill);
  m.tell->fail(m.ctx.done() ? m.ctx.err() : errc::unreachable);
}

/// A load that failed: what was kept past its end may stand in, unless it was erased meanwhile.
void stand_in(shard_actor* self, const detail::waiting_get& who, errc why) {
  auto& me = state_of(self);
  if (who.ctx.done()) return who.answer.fail(who.ctx.err());
  auto found = use(self, [&](ttl_cache& c, time_point now) { return c.get(who.key, now); });
  switch (found.how) {
    case cache_finding::freshness::absent:
      if (!me.options.load) return who.answer(answer_of(cache_source::absent, {}));
      return who.answer.fail(why);
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
  if (m.second) ++me.second;
  const auto from = m.second ? cache_source::second : cache_source::loaded;
  node.mapped().answer(cache_answered{.source = static_cast<std::uint8_t>(from),
                                      .value = m.value,
                                      .age = m.age,
                                      .left = life_of(self, m.value)});
}

cache_changed changed(shard_actor* self) {
  return {use(self, [](ttl_cache& c, time_point) { return c.entries(); })};
}

cache_changed set(shard_actor* self, const set_cached& m) {
  auto& me = state_of(self);
  use(self, [&](ttl_cache& c, time_point now) { c.set(m.key, m.value.bytes, now, m.value.ttl); });
  if (me.options.second) me.options.second->set(m.key, m.value.bytes, life_of(self, m.value));
  return changed(self);
}

/// Here at once; of a key, the second tier says when it has forgotten, too.
caf::result<cache_changed> erase(shard_actor* self, const erase_cached& m) {
  auto& me = state_of(self);
  use(self, [&](ttl_cache& c, time_point) {
    m.is_prefix ? void(c.erase_prefix(m.key)) : c.erase(m.key);
  });
  if (!me.options.second) return changed(self);
  if (m.is_prefix) {
    me.options.second->erase_prefix(m.key);
    return changed(self);
  }
  const auto address = caf::actor_cast<caf::strong_actor_ptr>(self);
  me.options.second->erase(
      {m.key}, landing<bool>([address, answer = reply(self)](const auto&) {
        put(address, nullptr, caf::make_message_id(), nullptr, detail::tier_erased{0, answer});
      }));
  return answers_later<cache_changed>();
}

cache_figures figures(shard_actor* self) {
  const auto& me = state_of(self);
  return use(self, [&](ttl_cache& c, time_point) {
    const ttl_cache_figures& f = c.figures();
    return cache_figures{.entries = c.entries(),
                         .bytes = c.bytes(),
                         .hits = f.hits,
                         .negative = f.negative,
                         .stale = me.stood_in,
                         .misses = f.misses,
                         .second = me.second,
                         .loads = me.loads,
                         .refreshes = me.refreshes,
                         .evicted = f.evicted,
                         .erased = f.erased};
  });
}

caf::behavior run_cache_shard(shard_actor* self, const context& life, cache_shard_options options,
                              loss* losses, actor_meter* meter) {
  auto& me = state_of(self);
  me.life = life;
  me.open(std::move(options));
  loss& counted = losses != nullptr ? *losses : me.own_losses;
  return metered(
      self, meter,
      {shed(self, counted,
            [self](const context& ctx, const get_cached& m) -> caf::result<cache_answered> {
              return get(self, ctx, m);
            }),
       shed(self, counted, [self](const context&, const set_cached& m) { return set(self, m); }),
       shed(self, counted,
            [self](const context&, const erase_cached& m) -> caf::result<cache_changed> {
              return erase(self, m);
            }),
       shed(self, counted,
            [self](const context&, const ask_cache_figures&) { return figures(self); }),
       [self](const detail::tier_looked& m) { go_on(self, m); },
       [self](const detail::tier_erased& m) { m.answer(changed(self)); },
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

std::optional<cache_answered> cache_reader::find(const context& ctx, std::string_view key) const {
  if (ctx.done()) return std::nullopt;
  return window_->use([&](ttl_cache& c, time_point now) -> std::optional<cache_answered> {
    auto found = c.get_settled(key, now);
    if (!found) return std::nullopt;
    return answer_of(cache_source::hit, std::move(*found));
  });
}

std::size_t cache_shards::number_of(std::string_view key) const noexcept {
  return detail::keyed_hash(key, seed_) % shards_.size();
}

}  // namespace lifeline::actors
