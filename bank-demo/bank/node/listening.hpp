#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace bank::node {

/// `http://127.0.0.1:8080`; an IPv6 address stands in brackets.
std::string url_of(const std::string& address, std::uint16_t port);

/// Why an address to listen on is refused, after the option's name; empty if it is valid. Whether
/// this machine has the address is known only when it is bound.
std::string wrong_listen_address(std::string_view address);

/// Can other machines reach the address? True if unknown.
bool is_beyond_loopback(const std::string& address);

/// Why listening failed and what to do: one sentence.
std::string explain_listen_error(const std::string& address, std::uint16_t port,
                                 const std::error_code& error);

}  // namespace bank::node
