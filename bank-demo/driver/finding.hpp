#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bank::driver {

/// The result of checking one invariant.
struct finding {
  std::string name;
  bool held = false;
  std::string text;
  std::vector<std::string> examples;  ///< the first few violations: expected and found
};

/// 1234567 as "1,234,567".
std::string grouped(std::int64_t number);

}  // namespace bank::driver
