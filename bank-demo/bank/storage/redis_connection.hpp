#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bank/storage/redis_address.hpp"
#include "lifeline/time/clock.hpp"

struct redisContext;  // of hiredis

namespace bank::storage {

/// What a Redis server answered to one command.
struct redis_reply {
  enum class kind : std::uint8_t { nothing, text, number, status, refused };

  kind what = kind::nothing;
  std::string text = {};    ///< of `text`, `status`, and why it was `refused`
  std::int64_t number = 0;  ///< of `number`
};

/// Why a connection can't be used any more.
struct redis_fault {
  std::string what;
};

/// A connection to a Redis server, and the only place that knows hiredis. One thread uses it, and
/// it blocks, but never beyond the time it is given, whatever the server does. After a fault, close
/// it.
class redis_connection {
 public:
  redis_connection();
  ~redis_connection();
  redis_connection(const redis_connection&) = delete;
  redis_connection& operator=(const redis_connection&) = delete;

  /// Connects and says who speaks to which database. A host's name is looked up by the system,
  /// which takes as long as it takes.
  std::optional<redis_fault> open(const redis_address& at, lifeline::time_point until);
  void close() noexcept;
  bool is_open() const noexcept { return context_ != nullptr; }

  /// Takes a command up for the next `exchange`.
  void add(const std::vector<std::string_view>& words);
  /// Sends what was added and reads a reply to each, in their order.
  std::optional<redis_fault> exchange(std::vector<redis_reply>& replies,
                                      lifeline::time_point until);

 private:
  std::optional<redis_fault> introduce(const redis_address& at, lifeline::time_point until);
  std::optional<redis_fault> send(lifeline::time_point until);
  std::optional<redis_fault> receive(redis_reply& to, lifeline::time_point until);
  std::optional<redis_fault> wait(short events, lifeline::time_point until) const;
  redis_fault broken() const;

  struct free_context {
    void operator()(::redisContext* c) const noexcept;
  };
  std::unique_ptr<::redisContext, free_context> context_;
  std::size_t added_ = 0;
};

}  // namespace bank::storage
