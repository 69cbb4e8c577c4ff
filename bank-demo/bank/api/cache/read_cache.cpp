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

/// A page is not kept under a version that it may not show: the account changed before the read.
cached_value kept(const std::string& name, bool is_page, std::optional<std::string> packed) {
  if (!packed) return guards::known_to_be_absent();
  std::optional<lifeline::duration> life;
  if (is_page && name.substr(name.rfind(' ') + 1) != unpack(*packed).version)
    life = lifeline::duration::zero();
  return guards::make_cached(std::move(*packed), life);
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
                 [done, key, is_page = k->is_page](lifeline::asked<reading> found) {
                   if (!found) return done.fail(found.error());
                   if (!*found) return done.fail(lifeline::errc::broken_promise);
                   done(kept(key, is_page, std::move(**found)));
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
    how.in_second = &is_durable;
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

boost::asio::awaitable<read_cache::found> read_cache::find(request_context& x,
                                                           reading_key key) const {
  const std::string view_name = to_text(reading_key{key.account}, versions_.now(key.account));
  auto view = co_await look(x, key.account, view_name);
  const bool names_pages = view && *view && (*view)->value.bytes != nullptr;
  if (!key.is_page || !names_pages) {
    count(view);
    co_return view;
  }
  const guards::cache_answered& newest = **view;
  const std::string page_name = to_text(key, unpack(*newest.value.bytes).version);
  auto page = co_await look(x, key.account, page_name);
  if (newest.from() == guards::cache_source::stale && page && *page) {
    (*page)->source = newest.source;
    (*page)->left = newest.left;
  }
  count(page);
  co_return page;
}

void read_cache::count(const found& what) const {
  if (results_.empty()) return;
  results_[what && *what ? (*what)->source : results_.size() - 1]->add();
}

boost::asio::awaitable<read_cache::found> read_cache::look(request_context& x,
                                                           ledger::account_id account,
                                                           const std::string& name) const {
  const auto number = std::hash<std::string>()(account.str()) % shards_.size();
  if (auto hit = readers_[number].find(x.ctx, name)) co_return std::move(hit);
  const caf::actor shard = shards_[number].current();
  if (!shard) co_return std::nullopt;
  guards::get_cached wish{name};
  auto got = co_await x.port.ask<guards::cache_answered>(x.ctx, shard, std::move(wish));
  if (got) co_return std::move(*got);
  const bool is_last_word = x.ctx.done() || got.error() == lifeline::errc::overloaded;
  if (is_last_word) co_return problem_of(got.error());
  co_return std::nullopt;
}

}  // namespace bank::api
