#include "lifeline/guards/cache_shard.hpp"

#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "lifeline/actor/linked.hpp"
#include "lifeline/actor/reply.hpp"
#include "lifeline/actor/shed.hpp"
#include "lifeline/actor/tell_when_done.hpp"
#include "lifeline/observe/actor_meter.hpp"

namespace lifeline::guards {
namespace detail {

/// Second tier → shard: the result of a look-up.
struct tier_looked {
  std::uint64_t fill = 0;
  local<std::optional<tier_finding>> found{};
};
LIFELINE_MESSAGE(tier_looked);

/// Loader → shard: the result of a load.
struct load_landed {
  std::uint64_t fill = 0;
  cached_value value{};
  std::uint8_t failed = 0;  // an `errc`
};
LIFELINE_MESSAGE(load_landed);

/// A waiting request's context ended → shard.
struct waiter_gone {
  std::uint64_t waiter = 0;
};
LIFELINE_MESSAGE(waiter_gone);

}  // namespace detail

#if LIFELINE_CAF_1
namespace {
const lifeline::detail::room_types known(
    caf::init_global_meta_objects<caf::id_block::lifeline_cache_shard>);
}
#endif

namespace detail {

/// A request that waits for a load, or an early refresh, which needs no answer.
struct waiting_get {
  std::uint64_t fill = 0;
  context ctx;
  reply answer;
  std::shared_ptr<context_watcher> watcher;
  std::optional<cancel_scope> refresh{};
};

/// A running load, identified by its fill number, which is never reused; every result carries it.
/// It ends when no request waits for it.
struct load_under_way {
  std::string key;
  cancel_scope life;
  std::set<std::uint64_t> waiters{};
};

struct shard_state {
  static constexpr const char* name = "cache_shard";

  void open(const cache_reader& reader, cache_shard_options with) {
    options = std::move(with);
    if (!options.load) options.cache.refresh_ahead = duration::zero();
    cache.emplace(reader.window_, life.time(), options.cache);
  }

  context life;
  cache_shard_options options;
  std::optional<shared_core<ttl_cache>> cache;
  loss own_losses;
  std::uint64_t last_waiter = 0;
  std::unordered_map<std::uint64_t, waiting_get> waiting;
  std::size_t refreshing = 0;  // waiting entries that are refreshes
  std::unordered_map<std::uint64_t, load_under_way> under_way;
  std::uint64_t loads = 0;
  std::uint64_t refreshes = 0;
  std::uint64_t stood_in = 0;
  std::uint64_t second = 0;
  std::uint64_t late = 0;
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

/// The core, under its lock, and the time.
template <class F>
auto use(shard_actor* self, F f) {
  return state_of(self).cache->use(std::move(f));
}

/// A loader that throws drops its landing, which reports the failure.
void load(shard_actor* self, std::uint64_t fill, const detail::load_under_way& l) {
  auto& me = state_of(self);
  ++me.loads;
  const auto address = caf::actor_cast<caf::strong_actor_ptr>(self);
  const auto land = [address, fill](const landing<cached_value>::outcome& o) {
    put(address, nullptr, caf::make_message_id(), nullptr,
        detail::load_landed{fill, o ? *o : cached_value{}, code_of(o ? errc::none : o.error())});
  };
  try {
    me.options.load(l.life.ctx(), l.key, landing<cached_value>(land));
  } catch (...) {
  }
}

bool is_in_second(shard_actor* self, const std::string& key) {
  const auto& how = state_of(self).options;
  return how.second != nullptr && (!how.in_second || how.in_second(key));
}

/// Asks the second tier; the answer comes as `tier_looked`.
void look_in_second(shard_actor* self, std::uint64_t fill, const detail::load_under_way& l) {
  const auto address = caf::actor_cast<caf::strong_actor_ptr>(self);
  const auto looked = [address, fill](const tier_landing::outcome& o) {
    put(address, nullptr, caf::make_message_id(), nullptr,
        detail::tier_looked{fill, o ? *o : std::nullopt});
  };
  state_of(self).options.second->get(l.life.ctx(), l.key, tier_landing(looked));
}

/// Adds a waiter to the current load of `key`; begins a load if there is none.
void join_load(shard_actor* self, const std::string& key, detail::waiting_get who) {
  auto& me = state_of(self);
  const std::uint64_t waiter = ++me.last_waiter;
  const bool is_refresh = who.refresh.has_value();
  const std::uint64_t fill = use(self, [&](ttl_cache& c, time_point) {
    const auto under_way = c.filling(key);
    return under_way ? *under_way : c.begin_fill(key);
  });
  who.fill = fill;
  who.watcher = notify_when_done(self, who.ctx, detail::waiter_gone{waiter});
  const auto [at, is_first] = me.under_way.try_emplace(
      fill, detail::load_under_way{key, with_cancel(without_cancel(who.ctx))});
  at->second.waiters.insert(waiter);
  me.waiting.emplace(waiter, std::move(who));
  if (!is_first) return;
  !is_refresh&& is_in_second(self, key) ? look_in_second(self, fill, at->second)
                                        : load(self, fill, at->second);
}

void refresh(shard_actor* self, const std::string& key) {
  auto& me = state_of(self);
  const bool begun =
      use(self, [&](ttl_cache& c, time_point) { return c.filling(key).has_value(); });
  if (begun || me.refreshing >= me.options.most_refreshes) return;
  ++me.refreshes;
  ++me.refreshing;
  detail::waiting_get who;
  who.refresh.emplace(with_timeout(me.life, me.options.refresh_timeout));
  who.ctx = who.refresh->ctx();
  join_load(self, key, std::move(who));
}

caf::result<cache_answered> get(shard_actor* self, const context& ctx, const get_cached& m) {
  using freshness = cache_finding::freshness;
  auto& me = state_of(self);
  auto found = use(self, [&](ttl_cache& c, time_point now) { return c.get(m.key, now); });
  const bool looks_further = me.options.load != nullptr || is_in_second(self, m.key);
  if (found.how == freshness::fresh) {
    if (found.wants_refresh) refresh(self, m.key);
    return answer_of(cache_source::hit, std::move(found));
  }
  if (!looks_further) return answer_of(cache_source::absent, {});
  if (me.waiting.size() - me.refreshing >= me.options.most_waiting) {
    if (found.how == freshness::absent) return to_caf(errc::overloaded);
    ++me.stood_in;
    return answer_of(cache_source::stale, std::move(found));
  }
  detail::waiting_get who;
  who.ctx = ctx;
  who.answer = reply(self);
  join_load(self, m.key, std::move(who));
  return answers_later<cache_answered>();
}

duration life_of(shard_actor* self, const cached_value& v) {
  const auto& how = state_of(self).options.cache;
  return v.ttl.value_or(v.bytes ? how.ttl : how.negative_ttl);
}

/// Null if all waiters have left; a newer load may be running. A late result changes nothing.
detail::load_under_way* find_load(shard_actor* self, std::uint64_t fill) {
  auto& me = state_of(self);
  const auto found = me.under_way.find(fill);
  if (found != me.under_way.end()) return &found->second;
  ++me.late;
  return nullptr;
}

detail::waiting_get take_waiter(shard_actor* self, std::uint64_t waiter) {
  auto& me = state_of(self);
  detail::waiting_get who = std::move(me.waiting.extract(waiter).mapped());
  if (who.refresh) --me.refreshing;
  return who;
}

/// The load is over: calls `tell` for each waiter.
template <class Tell>
void end_load(shard_actor* self, std::uint64_t fill, Tell tell) {
  const auto ended = state_of(self).under_way.extract(fill);
  for (const std::uint64_t waiter : ended.mapped().waiters) {
    const auto who = take_waiter(self, waiter);
    if (!who.refresh) tell(ended.mapped().key, who);
  }
}

/// Answers all waiters with the loaded value, its source and age.
void answer_all(shard_actor* self, std::uint64_t fill, cache_source from, const cached_value& value,
                duration age) {
  end_load(self, fill, [&](const std::string&, const detail::waiting_get& who) {
    who.answer(cache_answered{.source = static_cast<std::uint8_t>(from),
                              .value = value,
                              .age = age,
                              .left = life_of(self, value)});
  });
}

/// The load failed: a stale entry may be returned instead, unless it was erased meanwhile.
void stand_in(shard_actor* self, const std::string& key, const detail::waiting_get& who, errc why) {
  auto& me = state_of(self);
  if (who.ctx.done()) return who.answer.fail(who.ctx.err());
  auto found = use(self, [&](ttl_cache& c, time_point now) { return c.get(key, now); });
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

void fail_load(shard_actor* self, std::uint64_t fill, const std::string& key, errc why) {
  use(self, [&](ttl_cache& c, time_point) { c.abandon_fill(key, fill); });
  end_load(self, fill, [&](const std::string& of, const detail::waiting_get& who) {
    stand_in(self, of, who, why);
  });
}

/// Only values the shard keeps itself go to the second tier, never values erased meanwhile.
void on_landed(shard_actor* self, const detail::load_landed& m) {
  auto& me = state_of(self);
  const detail::load_under_way* const l = find_load(self, m.fill);
  if (l == nullptr) return;
  if (m.failed != 0) return fail_load(self, m.fill, l->key, static_cast<errc>(m.failed));
  const bool is_kept = use(self, [&](ttl_cache& c, time_point now) {
    if (m.value.ttl == duration::zero()) return c.abandon_fill(l->key, m.fill), false;
    return c.finish_fill(l->key, m.fill, m.value.bytes, now, m.value.ttl);
  });
  if (is_kept && is_in_second(self, l->key))
    me.options.second->set(l->key, m.value.bytes, life_of(self, m.value));
  answer_all(self, m.fill, cache_source::loaded, m.value, duration::zero());
}

void on_looked(shard_actor* self, const detail::tier_looked& m) {
  auto& me = state_of(self);
  const detail::load_under_way* const l = find_load(self, m.fill);
  if (l == nullptr) return;
  const std::optional<tier_finding>& found = *m.found;
  if (!found && me.options.load) return load(self, m.fill, *l);
  if (!found) return fail_load(self, m.fill, l->key, errc::unreachable);
  use(self, [&](ttl_cache& c, time_point now) {
    c.finish_fill(l->key, m.fill, found->value, now, found->left, found->age);
  });
  me.second += l->waiters.size();
  answer_all(self, m.fill, cache_source::second, {found->value, found->left}, found->age);
}

/// The last waiter to leave ends the load, with its own error; the next request starts anew.
void on_gone(shard_actor* self, const detail::waiter_gone& m) {
  auto& me = state_of(self);
  if (!me.waiting.contains(m.waiter)) return;
  const auto who = take_waiter(self, m.waiter);
  if (who.answer) who.answer.fail(who.ctx.err());
  auto& l = me.under_way.at(who.fill);
  l.waiters.erase(m.waiter);
  if (!l.waiters.empty()) return;
  use(self, [&](ttl_cache& c, time_point) { c.abandon_fill(l.key, who.fill); });
  const auto ended = me.under_way.extract(who.fill);
  ended.mapped().life.ctx().node().end(who.ctx.err(), nullptr);
}

cache_changed changed(shard_actor* self) {
  return {use(self, [](ttl_cache& c, time_point) { return c.entries(); })};
}

cache_changed set(shard_actor* self, const set_cached& m) {
  auto& me = state_of(self);
  use(self, [&](ttl_cache& c, time_point now) { c.set(m.key, m.value.bytes, now, m.value.ttl); });
  if (is_in_second(self, m.key))
    me.options.second->set(m.key, m.value.bytes, life_of(self, m.value));
  return changed(self);
}

cache_changed erase(shard_actor* self, const erase_cached& m) {
  use(self, [&](ttl_cache& c, time_point) {
    m.is_prefix ? void(c.erase_prefix(m.key)) : c.erase(m.key);
  });
  return changed(self);
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
                         .erased = f.erased,
                         .late = me.late};
  });
}

caf::behavior run_cache_shard(shard_actor* self, const context& life, cache_shard_options options,
                              loss* losses, actor_meter* meter, const cache_reader& reader) {
  auto& me = state_of(self);
  me.life = life;
  me.open(reader, std::move(options));
  loss& counted = losses != nullptr ? *losses : me.own_losses;
  return metered(
      self, meter,
      {shed(self, counted,
            [self](const context& ctx, const get_cached& m) -> caf::result<cache_answered> {
              return get(self, ctx, m);
            }),
       shed(self, counted, [self](const context&, const set_cached& m) { return set(self, m); }),
       shed(self, counted,
            [self](const context&, const erase_cached& m) { return erase(self, m); }),
       shed(self, counted,
            [self](const context&, const ask_cache_figures&) { return figures(self); }),
       [self](const detail::tier_looked& m) { on_looked(self, m); },
       [self](const detail::load_landed& m) { on_landed(self, m); },
       [self](const detail::waiter_gone& m) { on_gone(self, m); }});
}

}  // namespace

caf::actor spawn_cache_shard(caf::actor_system& system, const context& life,
                             cache_shard_options options, loss* losses, actor_meter* meter,
                             const cache_reader& reader) {
  ttl_cache check({.most_entries = options.cache.most_entries,
                   .most_bytes = options.cache.most_bytes,
                   .jitter = options.cache.jitter});  // throws if they are invalid
  return spawn_linked(system, life, run_cache_shard, life, std::move(options), losses, meter,
                      reader);
}

std::optional<cache_answered> cache_reader::find(const context& ctx, std::string_view key) const {
  if (ctx.done()) return std::nullopt;
  return window_->use([&](ttl_cache& c, time_point now) -> std::optional<cache_answered> {
    auto found = c.get_settled(key, now);
    if (!found) return std::nullopt;
    return answer_of(cache_source::hit, std::move(*found));
  });
}

}  // namespace lifeline::guards
