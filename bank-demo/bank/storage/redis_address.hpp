#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace bank::storage {

/// Where a Redis server is, and as whom one speaks to it.
struct redis_address {
  std::string host = {};  ///< empty if it is reached by `path`
  std::uint16_t port = 6379;
  std::string path = {};  ///< of a Unix socket
  std::string user = {};  ///< empty: the default one
  std::string password = {};
  std::uint32_t database = 0;

  /// For messages: without the password.
  std::string shown() const;
};

/// What is wrong with an address, as the rest of a sentence that names it. It never quotes it,
/// since there may be a password in it.
struct bad_redis_address {
  std::string what;
};
[[noreturn]] void throw_exception_from_error(const bad_redis_address& e,
                                             const boost::source_location&);

/// `redis://[[user]:password@]host[:port][/database]` or
/// `unix://[[user]:password@]/path[?db=database]`. What stands for itself is percent-encoded.
boost::system::result<redis_address, bad_redis_address> parse_redis_url(std::string_view url);

}  // namespace bank::storage
