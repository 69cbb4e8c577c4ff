#include "bank/api/cache/read_cache.hpp"

#include <algorithm>
#include <random>

#include "bank/api/server/request_context.hpp"

namespace bank::api {

namespace guards = lifeline::guards;
namespace ledger = lifeline::ledger;

using guards::cached_value;
using landing = lifeline::landing<cached_value>;

namespace {

guards::ttl_cache_options part_of(const read_cache_options& o) {
  guards::ttl_cache_options part;
  part.most_entries = std::max<std::size_t>(1, o.entries / o.shards);
  part.most_bytes = std::max<std::size_t>(1, o.bytes / o.shards);
  part.ttl = o.ttl;
  part.refresh_ahead = o.refresh;
  part.stale_for = o.stale_for;
  part.seed = std::random_device{}() + (std::uint64_t{std::random_device{}()} << 32);
  return part;
}

cached_value kept(std::optional<std::string> packed) {
  return packed ? guards::make_cached(std::move(*packed)) : guards::known_to_be_absent();
}

}  // namespace

/// Outlives the cache while loads run.
struct read_cache::loading {
  lifeline::runtime& rt;
  ledger::ledger_reader& store;

  static void begin(const std::shared_ptr<const loading>& self, const lifeline::context& ctx,
                    const std::string& key, const landing& done) {
    const auto k = parse_reading_key(key);
    if (!k) return done.fail(lifeline::errc::unreachable);
    const auto l = k->is_page ? lifeline::lane::report : lifeline::lane::read;
    auto read = [self, k = *k](const lifeline::context& within) {
      return load_reading(within, self->store, k);
    };
    using reading = std::invoke_result_t<decltype(read)&, const lifeline::context&>;
    run_blocking(self->rt.blocking(), l, ctx, std::move(read),
                 [done](lifeline::asked<reading> found) {
                   if (!found) return done.fail(found.error());
                   if (!*found) return done.fail(lifeline::errc::broken_promise);
                   done(kept(std::move(**found)));
                 });
  }
};

read_cache::read_cache(lifeline::runtime& rt, ledger::ledger_reader& store,
                       const account_versions& versions, const read_cache_options& options,
                       lifeline::metrics* to, lifeline::actor_meter* meter,
                       std::shared_ptr<guards::cache_tier> second)
    : rt_(rt),
      meter_(meter),
      versions_(versions),
      options_(options),
      loading_(std::make_shared<loading>(loading{rt, store})),
      second_(std::move(second)),
      readers_(options.shards),
      shards_(options.shards) {
  const guards::ttl_cache check(part_of(options));  // throws
  if (to == nullptr) return;
  // In the order of `cache_source`.
  for (const char* result : {"absent", "hit", "miss", "stale", "redis", "failed"})
    results_.push_back(&to->make_counter("bank_cache_requests_total",
                                         "Lookups in the read cache, by result.",
                                         {{"result", result}}));
}

lifeline::child_spec read_cache::shard(std::size_t number) {
  lifeline::child_spec spec;
  spec.policy.name = "shard " + std::to_string(number);
  spec.ref = shards_[number];
  spec.start = [this, number](const lifeline::incarnation& me) {
    guards::cache_shard_options how;
    how.cache = part_of(options_);
    how.second = second_;
    how.load = [l = loading_](const lifeline::context& ctx, const std::string& key, landing done) {
      loading::begin(l, ctx, key, done);
    };
    return guards::spawn_cache_shard(rt_.system(), me.life(), std::move(how), nullptr, meter_,
                                     readers_[number]);
  };
  return spec;
}

lifeline::child_spec read_cache::shards(const lifeline::supervisor_options& above) {
  auto how = above;
  how.policy.strategy = lifeline::restart_strategy::one_for_one;
  how.seed = above.seed + 3;
  how.on_started = nullptr;
  std::vector<lifeline::child_spec> children;
  for (std::size_t i = 0; i < shards_.size(); ++i) children.push_back(shard(i));
  return supervisor_child("cache", rt_.background(), std::move(how), std::move(children));
}

boost::asio::awaitable<result<std::optional<guards::cache_answered>>> read_cache::find(
    request_context& x, reading_key key) const {
  const std::string text = to_text(key, versions_.now(key.account));
  const auto number = std::hash<std::string>()(key.account.str()) % shards_.size();
  if (auto hit = readers_[number].find(x.ctx, text)) {
    if (!results_.empty()) results_[hit->source]->add();
    co_return hit;
  }
  const caf::actor shard = shards_[number].current();
  if (!shard) co_return std::nullopt;
  guards::get_cached wish{text};
  auto got = co_await x.port.ask<guards::cache_answered>(x.ctx, shard, std::move(wish));
  if (!results_.empty()) results_[got ? got->source : results_.size() - 1]->add();
  if (got) co_return std::move(*got);
  const bool is_last_word = x.ctx.done() || got.error() == lifeline::errc::overloaded;
  if (is_last_word) co_return problem_of(got.error());
  co_return std::nullopt;
}

}  // namespace bank::api
