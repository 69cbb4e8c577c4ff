#pragma once

#include <memory>
#include <optional>
#include <string>

#include "driver/node_process.hpp"
#include "driver/options.hpp"
#include "driver/proxy/fault_proxy.hpp"
#include "driver/scenario/scenario.hpp"

namespace bank::driver {

/// The node of a run: a running one, or one that the driver starts, with a folder of its own and,
/// if the scenario has store faults, with a proxy in front of PostgreSQL.
class node_access {
 public:
  node_access(asio::io_context& io, const run_options& o, const node_settings& n, bool with_proxy)
      : io_(io), options_(o), settings_(n), with_proxy_(with_proxy) {}

  /// Returns when the node serves.
  task<maybe_problem> reach();
  /// Stops the driver's own node; an exit status other than 0 is a problem.
  task<maybe_problem> stop();
  /// Keeps the folder of the driver's own node for inspection; returns a text with its path.
  std::string keep();

  const http_address& address() const noexcept { return address_; }
  const std::string& token() const noexcept { return token_; }
  /// Null if the driver has not started the node.
  node_process* process() noexcept { return process_.get(); }
  /// Null if there is none.
  proxy::fault_proxy* store_proxy() noexcept { return proxy_ ? &*proxy_ : nullptr; }

 private:
  task<maybe_problem> start();
  maybe_problem add_store(std::vector<std::string>& arguments);
  maybe_problem read_token(const std::filesystem::path& file);

  asio::io_context& io_;
  const run_options& options_;
  const node_settings& settings_;
  bool with_proxy_;
  std::optional<temporary_folder> folder_;
  std::optional<proxy::fault_proxy> proxy_;
  std::unique_ptr<node_process> process_;
  http_address address_;
  std::string token_;
};

/// The address of a database in libpq's URL or "key=value …" form; empty if it has none.
std::optional<proxy::target> target_of(std::string_view postgres_url);
/// The same URL, with the address 127.0.0.1 and that port.
std::string through(std::string_view postgres_url, std::uint16_t port);

}  // namespace bank::driver
