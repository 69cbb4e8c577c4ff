#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bank/api/cache/account_reading.hpp"
#include "bank/api/cache/account_versions.hpp"
#include "bank/api/cache/read_cache_options.hpp"
#include "bank/api/http/problem.hpp"
#include "lifeline/actor/runtime.hpp"
#include "lifeline/guards/cache_shard.hpp"
#include "lifeline/observe/metrics.hpp"
#include "lifeline/supervision/supervisor.hpp"

namespace bank::api {

struct request_context;

/// Caches reads of accounts. Its shards are actors in the node's tree; threads read cached entries
/// directly and ask the shard otherwise. While a shard is down, its accounts are read from the
/// store.
///
/// The name of a view contains a count of the account's changes from before the read
/// (`account_versions`). A change raises the count before its request is answered. So after a
/// change nobody finds older views: a read that began before the change stores its result under the
/// old count.
///
/// The name of a page contains the account's version, which its newest view tells. So views are
/// this process's table of newest versions: only if the view is not in memory, the store is asked
/// for it. A page's name holds for ever and everywhere; only pages are in the second tier.
///
/// `find` is safe from any I/O thread; the cache outlives the server and the shards.
class read_cache {
 public:
  /// `versions` counts each change of `store`; both outlive the runtime. So do `to` (the cache's
  /// metrics) and `meter` (the shards' meter). `second` is a second tier for pages, asked after the
  /// shards; other processes may share it. Throws `std::invalid_argument` for impossible limits.
  read_cache(lifeline::runtime& rt, lifeline::ledger::ledger_reader& store,
             const account_versions& versions, const read_cache_options& options,
             lifeline::metrics* to = nullptr, lifeline::actor_meter* meter = nullptr,
             std::shared_ptr<lifeline::guards::cache_tier> second = nullptr);

  /// The shards, as a child of a supervisor with these options.
  lifeline::child_spec shards(const lifeline::supervisor_options& above);

  /// The cached reading, or the one now read and cached. Nothing if the cache can't give it: then
  /// read the store. A problem if the request's context ends first.
  using found = result<std::optional<lifeline::guards::cache_answered>>;
  boost::asio::awaitable<found> find(request_context& x, reading_key key) const;

 private:
  struct loading;
  /// The entry with this name, as `find` gives it.
  boost::asio::awaitable<found> look(request_context& x, lifeline::ledger::account_id account,
                                     const std::string& name) const;
  void count(const found& what) const;
  lifeline::child_spec shard(std::size_t number);

  lifeline::runtime& rt_;
  lifeline::actor_meter* const meter_;
  const account_versions& versions_;
  const read_cache_options options_;
  std::shared_ptr<const loading> loading_;
  const std::shared_ptr<lifeline::guards::cache_tier> second_;
  const std::vector<lifeline::guards::cache_reader> readers_;  ///< of the shards
  std::vector<lifeline::counter*> results_;  ///< by `cache_source`, then failures; may be empty
  std::vector<lifeline::child_ref> shards_;
};

}  // namespace bank::api
