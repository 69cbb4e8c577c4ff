#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "driver/load/operation.hpp"
#include "driver/measures/histogram.hpp"

namespace bank::driver {

/// Measurements of one finished request.
struct sample {
  operation what = operation::transfer;
  lifeline::duration since_intended{0};  ///< open phases: from the intended start
  lifeline::duration since_sent{0};
  std::string_view code;        ///< "" when it succeeded, else the problem's code
  bool is_error = false;        ///< no answer, or a 5xx
  std::uint64_t transfers = 0;  ///< acknowledged transfers
};

/// Measurements of one phase, or of several together.
class measures {
 public:
  struct of_operation {
    histogram corrected;    ///< from the intended start: the wait of the user
    histogram uncorrected;  ///< from the time of sending
    std::uint64_t errors = 0;
  };

  void add(const sample& s);
  void merge(const measures& other);

  /// "transfer.p99" in milliseconds, "transfers.rate" per second, "errors" as a share.
  double value(std::string_view metric) const;
  double rate(std::uint64_t n) const noexcept {
    return seconds > 0 ? static_cast<double>(n) / seconds : 0;
  }

  const of_operation& of(operation o) const { return operations_[static_cast<std::size_t>(o)]; }

  double seconds = 0;
  std::uint64_t answers = 0;
  std::uint64_t errors = 0;
  std::uint64_t transfers = 0;  ///< acknowledged
  std::uint64_t intended = 0;   ///< arrivals of open phases
  std::uint64_t sent = 0;       ///< arrivals that were sent
  std::uint64_t missed = 0;     ///< not sent, because no connection was free in time
  std::uint64_t bytes_out = 0;
  std::uint64_t bytes_in = 0;
  histogram lateness;  ///< delay of sending an arrival
  histogram events;    ///< from a request to its event
  /// By the problem's code; codes beyond the first hundred count as "other".
  std::map<std::string, std::uint64_t, std::less<>> codes;

 private:
  std::array<of_operation, operation_count> operations_;
};

}  // namespace bank::driver
