#include "lifeline/context/error.hpp"

#include <exception>

namespace lifeline {

std::string_view to_string(errc e) noexcept {
  switch (e) {
    case errc::none: return "none";
    case errc::canceled: return "canceled";
    case errc::deadline_exceeded: return "deadline_exceeded";
    case errc::broken_promise: return "broken_promise";
    case errc::unreachable: return "unreachable";
    case errc::overloaded: return "overloaded";
  }
  return "unknown";
}

const std::error_category& category() noexcept {
  struct lifeline_category final : std::error_category {
    const char* name() const noexcept override { return "lifeline"; }
    std::string message(int e) const override {
      return std::string(to_string(static_cast<errc>(e)));
    }
  };
  static const lifeline_category the_category;
  return the_category;
}

error thrown_error() {
  const auto code = make_error_code(std::errc::io_error);
  try {
    throw;
  } catch (const std::exception& e) {
    return {code, e.what()};
  } catch (...) {
    return {code, "unknown exception"};
  }
}

}  // namespace lifeline
