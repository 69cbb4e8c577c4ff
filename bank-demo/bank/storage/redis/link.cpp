#include "bank/storage/redis/link.hpp"

#include "bank/storage/redis/connection.hpp"

namespace bank::storage {
namespace {

namespace guards = lifeline::guards;

using guards::tier_command;
using guards::tier_fault;
using guards::tier_reply;
using lifeline::time_point;
using verb = guards::tier_command::verb;
using kind = redis_reply::kind;

tier_fault to_tier(const std::optional<redis_fault>& f) {
  return f ? tier_fault(f->what) : std::nullopt;
}

class redis_link final : public guards::tier_link {
 public:
  explicit redis_link(redis_address at) : at_(std::move(at)) {}

  tier_fault open(time_point until) override { return to_tier(connection_.open(at_, until)); }
  void close() noexcept override { connection_.close(); }

  tier_fault run(std::span<const tier_command> commands, std::vector<tier_reply>& replies,
                 time_point until) override {
    if (!connection_.is_open()) return "it is not connected";
    for (const tier_command& c : commands) add(c);
    if (auto f = connection_.exchange(raw_, until)) return f->what;
    std::size_t at = 0;
    for (std::size_t i = 0; i < commands.size(); ++i) {
      auto& r = replies[i];
      if (commands[i].what != verb::get) {
        r.refused = raw_[at++].what == kind::refused;
      } else if (auto f = found(raw_[at], raw_[at + 1], r)) {
        return f;
      } else {
        at += 2;
      }
    }
    return std::nullopt;
  }

 private:
  /// Asks for the time to live first: a value set between the two commands gets the older one's.
  void add(const tier_command& c) {
    if (c.what == verb::get) {
      connection_.add({"PTTL", c.key});
      connection_.add({"GET", c.key});
    } else {
      const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(c.life).count();
      connection_.add({"SET", c.key, c.value, "PX", std::to_string(ms)});
    }
  }

  /// A server that can't look up (it is loading, or needs a password) counts as down; a key of
  /// another type affects only itself.
  static tier_fault found(const redis_reply& left, redis_reply& value, tier_reply& to) {
    if (left.what == kind::refused) return "it refused: " + left.text;
    if (value.what == kind::refused) {
      to.refused = true;
    } else if (value.what == kind::text && left.number > 0) {
      to.value = std::move(value.text);
      to.left = lifeline::saturating_cast(std::chrono::milliseconds(left.number));
    }
    return std::nullopt;
  }

  const redis_address at_;
  redis_connection connection_;
  std::vector<redis_reply> raw_;
};

}  // namespace

std::unique_ptr<guards::tier_link> make_redis_link(const redis_address& at) {
  return std::make_unique<redis_link>(at);
}

}  // namespace bank::storage
