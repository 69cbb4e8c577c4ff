#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace bank::node {

/// `http://127.0.0.1:8080`; an IPv6 address stands in brackets.
std::string url_of(const std::string& address, std::uint16_t port);

/// What is wrong with an address to serve on, as the rest of a sentence that names it; empty if
/// nothing is. Whether this machine has the address shows only when it is taken.
std::string wrong_listen_address(std::string_view address);

/// Can others than this machine's own programs reach the address? True where it is not known.
bool is_beyond_loopback(const std::string& address);

/// Why the address can't be served on, and what to do: one sentence.
std::string explain_listen_error(const std::string& address, std::uint16_t port,
                                 const std::error_code& error);

}  // namespace bank::node
