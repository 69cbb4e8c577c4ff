#include "driver/finding.hpp"

#include "driver/text.hpp"

namespace bank::driver {

namespace {
constexpr std::uint64_t most_breaches_shown = 5;
}

void breaches::add(std::string example) {
  if (++count_ <= most_breaches_shown) examples_.push_back(std::move(example));
}

finding breaches::conclude(std::string name, std::string held, std::string_view broken) const {
  const bool none = count_ == 0;
  return {std::move(name), none, none ? std::move(held) : grouped(count_) + std::string(broken),
          examples_};
}

}  // namespace bank::driver
