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
#include "lifeline/actors/cache_shard.hpp"
#include "lifeline/observe/metrics.hpp"
#include "lifeline/supervision/supervisor.hpp"

namespace bank::api {

struct request_context;

/// Keeps what was read of accounts. Its shards are actors, children of the node's tree, asked for
/// what a thread can't read out of them itself; while one is down its accounts are read from the
/// store.
///
/// What is kept bears the version that the account had before it was read. A change gives the
/// account another version before whoever made it hears that it is done. So whoever knows of a
/// change asks under a version that nothing older was kept under, and a read that began before the
/// change keeps what it finds under the old one, where nobody asks any more.
///
/// `find` is safe from any I/O thread; the cache outlives the server and the shards.
class read_cache {
 public:
  /// `versions` hears of each change of `store`; both outlive the runtime, as do `to`, where it
  /// counts, and `meter`, where its shards do. `second` is asked for what the shards don't have.
  /// Nobody else may see what this cache keeps there, nor the other way round: its keys bear
  /// versions that mean something only in this process. Throws `std::invalid_argument` for limits
  /// that can't be.
  read_cache(lifeline::runtime& rt, lifeline::ledger::ledger_store& store,
             const account_versions& versions, const read_cache_options& options,
             lifeline::metrics* to = nullptr, lifeline::actor_meter* meter = nullptr,
             std::shared_ptr<lifeline::actors::cache_tier> second = nullptr);

  /// The shards, as a child of a supervisor whose options these are.
  lifeline::child_spec shards(const lifeline::supervisor_options& above);

  /// What is kept, or is now read and kept. Nothing if it can't be had here: then the store's own
  /// word is to be heard. A problem if the request's context ends meanwhile.
  boost::asio::awaitable<result<std::optional<lifeline::actors::cache_answered>>> find(
      request_context& x, reading_key key) const;

 private:
  struct loading;
  lifeline::child_spec shard(std::size_t number);

  lifeline::runtime& rt_;
  lifeline::actor_meter* const meter_;
  const account_versions& versions_;
  const read_cache_options options_;
  std::shared_ptr<const loading> loading_;
  const std::shared_ptr<lifeline::actors::cache_tier> second_;
  const std::vector<lifeline::actors::cache_reader> readers_;  ///< of the shards
  std::vector<lifeline::counter*> results_;  ///< by `cache_source`, and of what failed; or none
  std::vector<lifeline::child_ref> shards_;
};

}  // namespace bank::api
