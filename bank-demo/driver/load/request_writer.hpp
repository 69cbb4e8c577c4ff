#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "driver/http_client.hpp"
#include "driver/load/request_plan.hpp"

namespace bank::driver {

/// Writes the load's requests for one node, one caller and one currency. Each function replaces the
/// content of `out`, so that a client needs one buffer.
class request_writer {
 public:
  /// `node` must outlive it.
  request_writer(const http_client& node, std::string currency,
                 const std::vector<lifeline::ledger::uuid>& accounts);

  void transfer(const planned_transfer& t, bool pending, std::string& out,
                std::string_view more_fields = {}) const;
  /// The same with a deadline.
  void transfer_within(const planned_transfer& t, std::int64_t timeout_ms, std::string& out) const;
  void batch(const std::vector<planned_transfer>& all, bool atomic, std::string& out) const;
  /// Deposits from the world.
  void deposits(const std::vector<planned_transfer>& all, std::string& out) const;
  void post_hold(const planned_transfer& hold, std::int64_t amount, std::string& out) const;
  void void_hold(const planned_transfer& hold, std::string& out) const;
  void reverse(const planned_transfer& t, std::string& out) const;
  void open_account(std::size_t account, std::string_view owner, std::int64_t overdraft_limit,
                    std::string& out) const;
  void read_account(std::size_t account, std::string& out) const;
  void read_history(std::size_t account, std::size_t limit, std::string& out) const;
  void read_transfer(const lifeline::ledger::uuid& id, std::string& out) const;

  const http_client& node() const noexcept { return node_; }
  const std::string& account(std::size_t index) const { return accounts_[index]; }

 private:
  /// A request without content.
  void post(const planned_transfer& t, std::string_view what, std::string& out) const;
  void append(const planned_transfer& t, bool from_world, std::string& out) const;
  void list(const std::vector<planned_transfer>& all, bool atomic, bool from_world,
            std::string& out) const;

  const http_client& node_;
  std::string currency_;
  std::vector<std::string> accounts_;
};

}  // namespace bank::driver
