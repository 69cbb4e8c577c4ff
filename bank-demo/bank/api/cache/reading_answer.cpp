#include "bank/api/cache/reading_answer.hpp"

#include "bank/api/cache/read_cache.hpp"

namespace bank::api {

namespace guards = lifeline::guards;
namespace ledger = lifeline::ledger;

namespace {

/// RFC 9211. The `ttl` of a stale answer is negative.
std::string status_text(const guards::cache_answered& got) {
  const auto left = std::chrono::floor<std::chrono::seconds>(got.left).count();
  switch (got.from()) {
    case guards::cache_source::hit: return "bank-node; hit; ttl=" + std::to_string(left);
    case guards::cache_source::stale:
      return "bank-node; hit; ttl=" + std::to_string(left) + "; detail=stale";
    case guards::cache_source::second:
      return "bank-node; hit; ttl=" + std::to_string(left) + "; detail=redis";
    case guards::cache_source::loaded:
      if (got.left > lifeline::duration::zero()) return "bank-node; fwd=miss; stored";
      break;
    case guards::cache_source::absent: break;
  }
  return "bank-node; fwd=miss";
}

bool may_see(const identity& who, const reading& r) {
  return who.role != storage::role::customer || (!r.is_world && r.owner == who.owner);
}

/// `Cache-Status` is only for callers who may see the account: it tells whether others read it.
handled give(request_context& x, const reading_key& key, const std::string* packed,
             std::string_view cache_status) {
  const reading r = packed != nullptr ? unpack(*packed) : reading{};
  if (packed == nullptr || !may_see(x.who(), r)) return no_such("account", key.account.str());
  if (x.server.what.cache != nullptr) x.out.add_field("Cache-Status", cache_status);
  x.out.etag = r.tag;
  x.out.body += r.body;
  return std::nullopt;
}

boost::asio::awaitable<handled> answer_from_store(request_context& x, reading_key key) {
  auto load = [key](const lifeline::context& ctx,
                    ledger::ledger_reader& store) -> result<std::optional<std::string>> {
    auto found = load_reading(ctx, store, key);
    if (!found) return problem_of(found.error());
    return std::move(*found);
  };
  const auto l = key.is_page ? lifeline::lane::report : lifeline::lane::read;
  const auto packed = co_await from_store(x, std::move(load), l);
  if (!packed) co_return packed.error();
  co_return give(x, key, *packed ? &**packed : nullptr, "bank-node; fwd=miss");
}

}  // namespace

boost::asio::awaitable<handled> answer_reading(request_context& x, reading_key key) {
  if (x.server.what.cache != nullptr) {
    const auto got = co_await x.server.what.cache->find(x, key);
    if (!got) co_return got.error();
    if (*got) co_return give(x, key, (*got)->value.bytes.get(), status_text(**got));
  }
  auto done = co_await answer_from_store(x, key);
  co_return done;
}

}  // namespace bank::api
