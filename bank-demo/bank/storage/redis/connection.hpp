#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bank/storage/redis/address.hpp"
#include "lifeline/time/clock.hpp"

struct redisContext;  // of hiredis

namespace bank::storage {

/// A Redis server's reply to one command.
struct redis_reply {
  enum class kind : std::uint8_t { nothing, text, number, status, refused };

  kind what = kind::nothing;
  std::string text = {};    ///< for `text` and `status`; the reason for `refused`
  std::int64_t number = 0;  ///< for `number`
};

/// Why a connection can't be used any more.
struct redis_fault {
  std::string what;
};

/// A connection to a Redis server; the only user of hiredis. Used by one thread. It blocks, but
/// never longer than the given time, whatever the server does. Close it after a fault.
class redis_connection {
 public:
  redis_connection();
  ~redis_connection();
  redis_connection(const redis_connection&) = delete;
  redis_connection& operator=(const redis_connection&) = delete;

  /// Connects, authenticates and selects the database. The system resolves the host name, without a
  /// time limit of ours.
  std::optional<redis_fault> open(const redis_address& at, lifeline::time_point until);
  void close() noexcept;
  bool is_open() const noexcept { return context_ != nullptr; }

  /// Adds a command to the next `exchange`.
  void add(const std::vector<std::string_view>& words);
  /// Sends the added commands and reads a reply to each, in order.
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
