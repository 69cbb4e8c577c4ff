#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bank::driver {

/// The result of checking one invariant.
struct finding {
  std::string name;
  bool held = false;
  std::string text;
  std::vector<std::string> examples;  ///< the first few violations: expected and found
};

/// Collects the violations of one invariant, of which the first few are shown.
class breaches {
 public:
  void add(std::string example);
  std::uint64_t count() const noexcept { return count_; }

  /// The text is `held` if there were none, else their number and `broken`.
  finding conclude(std::string name, std::string held,
                   std::string_view broken = " violations, the first of which are:") const;

 private:
  std::uint64_t count_ = 0;
  std::vector<std::string> examples_;
};

}  // namespace bank::driver
