#include "lifeline/guards/refusal.hpp"

#include <string>

namespace lifeline::guards {

std::string_view to_string(refusal r) noexcept {
  switch (r) {
    case refusal::none: return "none";
    case refusal::circuit_open: return "circuit_open";
    case refusal::circuit_probing: return "circuit_probing";
    case refusal::overloaded: return "overloaded";
    case refusal::cannot_finish: return "cannot_finish";
  }
  return "unknown";
}

namespace {

class refusals final : public std::error_category {
 public:
  const char* name() const noexcept override { return "lifeline.refusal"; }
  std::string message(int code) const override {
    return std::string(to_string(static_cast<refusal>(code)));
  }
};

}  // namespace

const std::error_category& refusal_category() noexcept {
  static const refusals category;
  return category;
}

}  // namespace lifeline::guards
