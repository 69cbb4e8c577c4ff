#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bank/books/lanes.hpp"
#include "driver/scenario/scenario.hpp"

namespace bank::driver {

using replay_lane = books::account_lane;

/// Recorded books as requests to a node. Every identifier is derived from the books, the currency
/// and the overdraft limit: the same replay makes the same requests, so it can be continued or
/// repeated and moves nothing twice.
struct replay_plan {
  books::recorded_books recorded;
  replay_settings settings;
  std::string owner;               ///< of all accounts; derived like the identifiers
  std::vector<replay_lane> lanes;  ///< one per account, in the books' order

  std::size_t transfers() const noexcept { return recorded.bookings.size(); }
};

/// Refuses books in which an account falls below its overdraft limit.
result<replay_plan> make_replay_plan(books::recorded_books recorded,
                                     const replay_settings& settings);

/// The bodies of the requests.
std::string account_body(const replay_plan& plan, std::size_t lane);
std::string transfer_body(const replay_plan& plan, std::size_t lane, std::size_t transfer);

/// Texts to find them in the books: "transaction 695247 of account 2378 (credit 70000)".
std::string describe_account(const replay_plan& plan, std::size_t lane);
std::string describe_transfer(const replay_plan& plan, std::size_t lane, std::size_t transfer);

/// Is `body`, an answer of the node, the account that this lane opens?
bool is_planned_account(const replay_plan& plan, std::size_t lane, std::string_view body);

}  // namespace bank::driver
