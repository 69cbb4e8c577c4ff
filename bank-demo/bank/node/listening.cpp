#include "bank/node/listening.hpp"

#include <boost/asio/ip/address.hpp>

namespace bank::node {

std::string url_of(const std::string& address, std::uint16_t port) {
  const bool is_v6 = address.find(':') != std::string::npos;
  return "http://" + (is_v6 ? '[' + address + ']' : address) + ':' + std::to_string(port);
}

bool is_beyond_loopback(const std::string& address) {
  if (address == "localhost") return false;
  boost::system::error_code not_a_number;
  const auto parsed = boost::asio::ip::make_address(address, not_a_number);
  return not_a_number || !parsed.is_loopback();
}

std::string explain_listen_error(const std::string& address, std::uint16_t port,
                                 const std::error_code& error) {
  const std::string port_text = "port " + std::to_string(port) + " on " + address;
  if (error == std::errc::address_in_use)
    return port_text + " is taken: stop the other program or use --port 0";
  if (error == std::errc::permission_denied)
    return port_text + " may not be used by this user: use a --port from 1024";
  if (error == std::errc::address_not_available)
    return address + " is not an address of this machine: use --listen 127.0.0.1, or one that is";
  if (error == std::errc::address_family_not_supported)
    return "this machine has no network for " + address + ": use --listen 127.0.0.1";
  return "can't listen on " + address + " (" + error.message() +
         "): use --listen with an address of this machine, such as 127.0.0.1";
}

}  // namespace bank::node
