#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "driver/load/request_plan.hpp"

namespace bank::driver {

/// Writes requests for one node, one caller and one currency. Each function replaces the content of
/// `out`, so that a client needs one buffer.
class request_writer {
 public:
  struct settings {
    std::string host;  ///< with the port, as in `Host`
    std::string token;
    std::string currency;
    std::vector<lifeline::ledger::uuid> accounts;
  };
  explicit request_writer(settings s);

  void transfer(const planned_transfer& t, bool pending, std::string& out) const;
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
  void read_history(std::size_t account, std::size_t limit, std::string_view cursor,
                    std::string& out) const;
  void read_transfer(const lifeline::ledger::uuid& id, std::string& out) const;
  void get(std::string_view target, std::string& out, std::string_view more_fields = {}) const;

  const std::string& account(std::size_t index) const { return accounts_[index]; }

 private:
  void post(std::string_view target, std::string_view more_fields, std::string& out) const;
  void append(const planned_transfer& t, bool from_world, std::string& out) const;
  void list(const std::vector<planned_transfer>& all, bool atomic, bool from_world,
            std::string& out) const;

  std::string fields_;  // of every request
  std::string currency_;
  std::vector<std::string> accounts_;
};

}  // namespace bank::driver
