#include "bank/node/redis_cache.hpp"

#include "bank/api/observe/log.hpp"
#include "bank/storage/redis/link.hpp"

namespace bank::node {
namespace {

namespace guards = lifeline::guards;

guards::remote_tier_options how(const api::read_cache_options& o, const std::string& where) {
  guards::remote_tier_options made;
  made.queue.prefix = o.redis_prefix;
  made.queue.timeout = o.redis_timeout;
  made.on_change = [where](bool usable, const std::string& why) {
    if (usable)
      log::info("the read cache uses Redis at {}", where);
    else
      log::warn("the read cache works without Redis at {} until it can be reached again: {}", where,
                why);
  };
  return made;
}

void tell(lifeline::metrics_writer& w, const guards::tier_figures& f) {
  constexpr const char* asked = "bank_cache_redis_requests_total";
  constexpr const char* asked_help = "Reads from the read cache's Redis server, by result.";
  const auto count = [&](const char* result, std::uint64_t n) {
    w.counter(asked, asked_help, static_cast<double>(n), {{"result", result}});
  };
  count("hit", f.hits);
  count("miss", f.misses);
  count("failed", f.failed);
  count("skipped", f.skipped);
  constexpr const char* written = "bank_cache_redis_writes_total";
  constexpr const char* written_help =
      "Values written to the read cache's Redis server, by result: kept or lost.";
  w.counter(written, written_help, static_cast<double>(f.sets), {{"result", "kept"}});
  w.counter(written, written_help, static_cast<double>(f.lost_sets), {{"result", "lost"}});
  w.counter("bank_cache_redis_connects_total",
            "Connections opened to the read cache's Redis server.",
            static_cast<double>(f.connects));
  w.gauge("bank_cache_redis_waiting", "Commands queued for the read cache's Redis server.",
          static_cast<double>(f.waiting));
  using guards::circuit;
  for (const circuit c : {circuit::closed, circuit::open, circuit::half_open})
    w.gauge("bank_cache_redis_breaker_state",
            "Circuit state of the read cache's Redis server: 1 for the current state, else 0.",
            f.breaker == c ? 1 : 0, {{"state", std::string(to_string(c))}});
}

}  // namespace

redis_cache::redis_cache(const lifeline::context& life, const api::read_cache_options& options,
                         lifeline::metrics* to) {
  const auto at = storage::parse_redis_url(options.redis_url).value();
  tier_ = std::make_shared<guards::remote_tier>(life, storage::make_redis_link(at),
                                                how(options, at.shown()));
  if (to == nullptr) return;
  collector_ =
      to->collect([tier = tier_](lifeline::metrics_writer& w) { tell(w, tier->figures()); });
}

}  // namespace bank::node
