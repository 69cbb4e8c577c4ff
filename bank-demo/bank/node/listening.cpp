#include "bank/node/listening.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

namespace bank::node {
namespace {

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_label(std::string_view label) {
  const auto may_stand_inside = [](char c) {
    return is_letter_or_digit(c) || c == '-' || c == '_';
  };
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, may_stand_inside);
}

/// RFC 1123, and `_`, which container names may have. A name that ends in a number is an address.
bool is_host_name(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.size() > 253) return false;
  const std::string_view last = name.substr(name.rfind('.') + 1);
  if (last.find_first_not_of("0123456789") == std::string_view::npos) return false;
  while (true) {
    const auto dot = name.find('.');
    if (!is_label(name.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

}  // namespace

std::string wrong_listen_address(std::string_view address) {
  boost::system::error_code not_a_number;
  boost::asio::ip::make_address(address, not_a_number);
  if (!not_a_number || is_host_name(address)) return {};
  return "is \"" + std::string(address) +
         "\", but must be an address such as 127.0.0.1, 0.0.0.0 or ::1, or a host name";
}

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
    return port_text + " is in use: stop the other program, or use --port 0 for a free port";
  if (error == std::errc::permission_denied)
    return port_text + " is not permitted for this user: use --port with 1024 or above";
  if (error == std::errc::address_not_available)
    return address +
           " is not an address of this machine: use --listen 127.0.0.1, or another of its "
           "addresses";
  if (error == std::errc::address_family_not_supported)
    return "this machine does not support addresses like " + address + ": use --listen 127.0.0.1";
  return "can't listen on " + address + " (" + error.message() +
         "): use --listen with an address of this machine, such as 127.0.0.1";
}

}  // namespace bank::node
