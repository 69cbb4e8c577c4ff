#pragma once

#include <cstdint>
#include <vector>

#include "driver/load/account_choice.hpp"
#include "driver/load/operation.hpp"
#include "lifeline/ledger/values/uuid.hpp"

namespace bank::driver {

/// A planned transfer; accounts are indexes.
struct planned_transfer {
  lifeline::ledger::uuid id;
  std::size_t from = 0;
  std::size_t to = 0;
  std::int64_t amount = 0;

  friend bool operator==(const planned_transfer&, const planned_transfer&) = default;
};

/// The request of one arrival.
struct planned_request {
  operation what = operation::transfer;
  planned_transfer transfer;          ///< for a read: `from` is the account
  std::vector<planned_transfer> all;  ///< for a batch
  std::int64_t post_amount = 0;       ///< for a hold that is posted

  friend bool operator==(const planned_request&, const planned_request&) = default;
};

/// Makes the requests of a run. Each depends on the seed and its place only, so two runs with one
/// seed make the same requests, whatever the node answers and however fast it is.
class request_plan {
 public:
  request_plan(std::uint64_t seed, std::size_t accounts, const choice_settings& choice,
               const operation_mix& mix, value_range amount, batch_settings batch);

  /// `place` identifies the phase or client, `index` the request within it.
  planned_request make(std::uint64_t place, std::uint64_t index) const;
  /// The id of the account with that index.
  lifeline::ledger::uuid account_id(std::size_t index) const;

 private:
  planned_transfer make_transfer(draws& from) const;

  std::uint64_t seed_;
  account_choice choice_;
  operation_mix mix_;
  value_range amount_;
  batch_settings batch_;
};

}  // namespace bank::driver
