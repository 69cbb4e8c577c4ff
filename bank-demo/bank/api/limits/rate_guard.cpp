#include "bank/api/limits/rate_guard.hpp"

#include <algorithm>
#include <random>

#include "bank/api/http/request_values.hpp"
#include "bank/api/observe/log.hpp"
#include "bank/api/server/request_context.hpp"
#include "bank/api/server/request_log.hpp"

namespace bank::api {
namespace {

namespace guards = lifeline::guards;
using std::chrono::seconds;

guards::rate_limit limit_of(std::size_t per_second, std::size_t burst) {
  return {guards::token_rate::per_second(static_cast<std::int64_t>(per_second)),
          static_cast<std::int64_t>(burst)};
}

guards::rate_limits_options limits_of(const rate_limit_options& o) {
  guards::rate_limits_options limits;
  limits.each = limit_of(o.per_second, o.burst);
  if (o.node_per_second > 0)
    limits.all = limit_of(o.node_per_second, o.node_burst > 0 ? o.node_burst : o.node_per_second);
  limits.most_callers = o.callers;
  limits.seed = std::random_device{}() + (std::uint64_t{std::random_device{}()} << 32);
  return limits;
}

std::int64_t seconds_up(lifeline::duration d) { return std::chrono::ceil<seconds>(d).count(); }

/// The headers of IETF draft 11, and the older ones.
void tell(answer& out, const guards::tokens_answered& t, std::size_t per_second,
          lifeline::wall_time now) {
  const std::string name = t.limit_of_all ? "\"node\"" : "\"caller\"";
  const auto window =
      static_cast<std::int64_t>((static_cast<std::size_t>(t.burst) + per_second - 1) / per_second);
  const std::string left = std::to_string(t.remaining);
  const std::int64_t full_after = seconds_up(t.full_after);
  const std::int64_t reset =
      std::chrono::ceil<seconds>(now + std::chrono::ceil<std::chrono::milliseconds>(t.full_after))
          .time_since_epoch()
          .count();
  out.add_field("RateLimit-Policy",
                name + ";q=" + std::to_string(t.burst) + ";w=" + std::to_string(window));
  out.add_field("RateLimit", name + ";r=" + left + ";t=" + std::to_string(full_after));
  out.add_field("X-RateLimit-Limit", std::to_string(t.burst));
  out.add_field("X-RateLimit-Remaining", left);
  out.add_field("X-RateLimit-Reset", std::to_string(reset));
}

problem refused(const guards::tokens_answered& t) {
  const auto again = std::max<std::int64_t>(seconds_up(t.retry_after), 1);
  return {code::rate_limited,
          std::string(t.limit_of_all ? "the node receives" : "you sent") +
              " too many requests; retry in " + std::to_string(again) + " s",
          {},
          lifeline::ledger::outcome::none,
          seconds(again)};
}

lifeline::counter& counter_of(lifeline::metrics& to, const char* outcome) {
  return to.make_counter("bank_rate_limit_requests_total",
                         "Requests checked against the rate limits, by outcome.",
                         {{"outcome", outcome}});
}

}  // namespace

std::string caller_address(const boost::asio::ip::address& address) {
  namespace ip = boost::asio::ip;
  if (address.is_v4()) return address.to_string();
  const ip::address_v6 v6 = address.to_v6();
  if (v6.is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, v6).to_string();
  auto bytes = v6.to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
  return ip::address_v6(bytes).to_string() + "/64";
}

rate_guard::counters::counters(lifeline::metrics& to)
    : admitted(counter_of(to, "admitted")),
      refused_caller(counter_of(to, "refused_caller")),
      refused_node(counter_of(to, "refused_node")) {}

rate_guard::rate_guard(lifeline::runtime& rt, const rate_limit_options& options,
                       lifeline::metrics* to, lifeline::actor_meter* meter)
    : rt_(rt),
      meter_(meter),
      counters_(to != nullptr ? std::optional<counters>(std::in_place, *to) : std::nullopt),
      options_(options),
      limits_(limits_of(options)) {
  guards::rate_limits check(limits_);  // throws
}

lifeline::child_spec rate_guard::limiter() {
  lifeline::child_spec spec;
  spec.policy.name = "rate_limiter";
  spec.ref = limiter_;
  spec.start = [this](const lifeline::incarnation& me) {
    return guards::spawn_rate_limiter(rt_.system(), me.life(), limits_, nullptr, meter_, tokens_);
  };
  return spec;
}

bool rate_guard::binds(const request_context& x) const { return limits_.all || has_own_limit(x); }

bool rate_guard::has_own_limit(const request_context& x) const {
  return options_.per_second > 0 && (x.caller == nullptr || x.who().role != storage::role::admin);
}

/// Reads and writes of one caller have separate buckets.
std::string rate_guard::limited_name(const request_context& x) const {
  if (!has_own_limit(x)) return {};
  const std::string_view kind = is_write(x.req.method) ? "write " : "read ";
  return std::string(kind).append(x.caller != nullptr ? x.who().name : *x.address);
}

boost::asio::awaitable<result<std::optional<guards::tokens_answered>>> rate_guard::ask_for_token(
    request_context& x) const {
  guards::acquire_tokens wish{.caller = limited_name(x), .longest_wait = options_.wait};
  auto at_once = tokens_.take(x.ctx, wish.caller, wish.tokens, wish.longest_wait);
  if (at_once) co_return at_once;
  const caf::actor limiter = limiter_.current();
  if (!limiter) co_return std::nullopt;
  const auto got = co_await x.port.ask<guards::tokens_answered>(x.ctx, limiter, std::move(wish));
  if (got) co_return std::optional(*got);
  const lifeline::errc e = got.error();
  const bool ended = e == lifeline::errc::canceled || e == lifeline::errc::deadline_exceeded;
  if (!ended) co_return std::nullopt;  // the limiter is down and restarts
  problem p = problem_of(e);
  p.outcome = lifeline::ledger::outcome::none;
  co_return p;
}

boost::asio::awaitable<std::optional<problem>> rate_guard::admit(request_context& x) const {
  const auto answered = co_await ask_for_token(x);
  if (!answered) co_return answered.error();
  const auto& got = *answered;
  if (!got) co_return std::nullopt;
  const bool limited = got->burst > 0;
  const std::size_t rate = got->limit_of_all ? options_.node_per_second : options_.per_second;
  if (limited) tell(x.out, *got, rate, x.time().wall_now());
  if (counters_) {
    auto& count = got->admitted       ? counters_->admitted
                  : got->limit_of_all ? counters_->refused_node
                                      : counters_->refused_caller;
    count.add();
  }
  if (got->admitted) co_return std::nullopt;
  log::warn("rate limited: {} {}{}", x.caller != nullptr ? x.who().name : *x.address, x.req.path,
            log_fields(x));
  co_return refused(*got);
}

}  // namespace bank::api
