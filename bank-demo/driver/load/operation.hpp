#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace bank::driver {

/// The operations of a client. Each is one arrival, though some are two requests.
enum class operation : std::uint8_t {
  transfer,
  batch,
  pending_then_post,
  pending_then_void,
  reverse,
  repeat,
  short_deadline,
  cancel_midway,
  balance,
  history,
};
constexpr std::size_t operation_count = 10;

struct operation_name {
  const char* name;
  const char* about;
};
inline constexpr std::array<operation_name, operation_count> operation_names{{
    {"transfer", "a single transfer"},
    {"batch", "many transfers in one request, see \"batch\""},
    {"pending_then_post", "a hold that is then posted, half of the time only in part"},
    {"pending_then_void", "a hold that is then voided"},
    {"reverse", "a transfer that is then reversed"},
    {"repeat", "a transfer that is sent twice with the same id"},
    {"short_deadline", "a transfer with a deadline too short for the node, see \"timing\""},
    {"cancel_midway", "a transfer whose client disconnects before the answer, see \"timing\""},
    {"balance", "a read of an account"},
    {"history", "a read of the newest rows of an account's history"},
}};
constexpr std::string_view name_of(operation o) noexcept {
  return operation_names[static_cast<std::size_t>(o)].name;
}
constexpr std::optional<operation> operation_called(std::string_view name) noexcept {
  for (std::size_t i = 0; i < operation_count; ++i)
    if (operation_names[i].name == name) return static_cast<operation>(i);
  return std::nullopt;
}

/// Relative frequencies of the operations.
class operation_mix {
 public:
  double& weight(operation o) noexcept { return weights_[static_cast<std::size_t>(o)]; }
  double weight(operation o) const noexcept { return weights_[static_cast<std::size_t>(o)]; }
  bool empty() const noexcept { return sum() <= 0; }
  /// The operation for a random number from 0 (inclusive) to 1.
  operation pick(double draw) const noexcept {
    double left = draw * sum();
    std::size_t last = 0;
    for (std::size_t i = 0; i < operation_count; ++i) {
      if (weights_[i] <= 0) continue;
      last = i;
      if ((left -= weights_[i]) < 0) break;
    }
    return static_cast<operation>(last);
  }

 private:
  double sum() const noexcept {
    double all = 0;
    for (const double w : weights_) all += w;
    return all;
  }

  std::array<double, operation_count> weights_{};
};

/// A range of integers, both ends included.
struct value_range {
  std::int64_t from = 1;
  std::int64_t to = 1;
};

/// The form of the operation "batch".
struct batch_settings {
  value_range size{100, 100};
  bool atomic = false;
};

}  // namespace bank::driver
