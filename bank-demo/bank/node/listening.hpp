#pragma once

#include <cstdint>
#include <string>
#include <system_error>

namespace bank::node {

/// `http://127.0.0.1:8080`; an IPv6 address stands in brackets.
std::string url_of(const std::string& address, std::uint16_t port);

/// Can others than this machine's own programs reach the address? True where it is not known.
bool is_beyond_loopback(const std::string& address);

/// Why the address can't be served on, and what to do: one sentence.
std::string explain_listen_error(const std::string& address, std::uint16_t port,
                                 const std::error_code& error);

}  // namespace bank::node
