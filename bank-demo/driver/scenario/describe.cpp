#include <algorithm>
#include <array>

#include "driver/scenario/scenario.hpp"

namespace bank::driver {

namespace {

std::string milliseconds(lifeline::duration d) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

struct describer {
  std::string operator()(const kill_node&) const { return "kill -9 of the node"; }
  std::string operator()(const stop_node&) const { return "SIGTERM to the node"; }
  std::string operator()(const stop_subscribers& s) const {
    return "subscribers stop reading for " + milliseconds(s.length);
  }
  std::string operator()(const store_fault& f) const {
    const std::string length = " for " + milliseconds(f.length);
    switch (f.what) {
      case store_fault::kind::down: return "store down" + length;
      case store_fault::kind::black_hole: return "store connections black-holed" + length;
      case store_fault::kind::latency: return "store latency +" + milliseconds(f.latency) + length;
      case store_fault::kind::trickle:
        return "store limited to " + std::to_string(f.bytes) + " bytes/s" + length;
      case store_fault::kind::cut_after:
        return "store connections reset after " + std::to_string(f.bytes) + " bytes" + length;
      case store_fault::kind::cut: return "store connections reset";
    }
    return {};
  }
};

}  // namespace

std::string describe(const fault& f) { return std::visit(describer(), f.what); }

const std::array<std::string_view, 6>& invariant_names() noexcept {
  static constexpr std::array<std::string_view, 6> names{
      "conserved",          "acknowledged_stored", "exactly_once", "no_error_moves_money",
      "holds_resolve_once", "events_complete"};
  return names;
}

std::string_view name_of(invariant i) noexcept {
  return invariant_names()[static_cast<std::size_t>(i)];
}

bool scenario::needs_own_node() const noexcept {
  return !kills.empty() || std::any_of(faults.begin(), faults.end(), [](const fault& f) {
    return !std::holds_alternative<stop_subscribers>(f.what);
  });
}

bool scenario::needs_store_proxy() const noexcept {
  return std::any_of(faults.begin(), faults.end(),
                     [](const fault& f) { return std::holds_alternative<store_fault>(f.what); });
}

}  // namespace bank::driver
