#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "bank/books/books.hpp"

namespace bank::books {

/// One account of the books: it is opened, then its transfers follow one after another. The lanes
/// are independent of each other.
struct account_lane {
  struct transfer {
    std::size_t booking = 0;  ///< index into `recorded_books::bookings`
    lifeline::ledger::transfer_id id;
  };

  lifeline::ledger::account_id id;
  std::vector<transfer> transfers;
};

/// One lane per account, in the books' order. Identifiers are derived from `name` and the books'
/// own: whoever plans the same under the same name makes the same, so that what is done twice
/// happens once.
std::vector<account_lane> plan_lanes(const recorded_books& b, std::string_view name);

}  // namespace bank::books
