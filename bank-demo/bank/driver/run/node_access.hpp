#pragma once

#include <memory>
#include <optional>
#include <string>

#include "bank/driver/node_process.hpp"
#include "bank/driver/options.hpp"
#include "bank/driver/proxy/fault_proxy.hpp"
#include "bank/driver/scenario/scenario.hpp"

namespace bank::driver {

/// The node that a run drives: one that is there already, or one of the driver's own, with a folder
/// of its own and, where the scenario breaks its store, with a proxy before PostgreSQL.
class node_access {
 public:
  node_access(asio::io_context& io, const run_options& o, const node_settings& n, bool with_proxy)
      : io_(io), options_(o), settings_(n), with_proxy_(with_proxy) {}

  /// Returns when it serves.
  task<maybe_problem> reach();
  /// Stops the driver's own; 0 is due as its exit status.
  task<maybe_problem> stop();
  /// Keeps the folder of the driver's own node for somebody to look at; says where it is.
  std::string keep();

  const http_address& address() const noexcept { return address_; }
  const std::string& token() const noexcept { return token_; }
  /// Null: the node is not the driver's own.
  node_process* process() noexcept { return process_.get(); }
  /// Null: there is none.
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

/// Where a database is, as libpq's URL or its "key=value …" says it; nothing if that can't be told.
std::optional<proxy::target> target_of(std::string_view postgres_url);
/// The same database, by way of 127.0.0.1 and that port.
std::string through(std::string_view postgres_url, std::uint16_t port);

}  // namespace bank::driver
