#include "lifeline/bus/topic_pattern.hpp"

#include <optional>

namespace lifeline {

namespace {

/// Reads the words between dots one by one; empty after the last.
class words {
 public:
  explicit words(std::string_view text) noexcept : rest_(text) {}

  std::optional<std::string_view> next() noexcept {
    if (!rest_) return std::nullopt;
    const auto dot = rest_->find('.');
    const auto word = rest_->substr(0, dot);
    rest_ = dot == std::string_view::npos ? std::nullopt : std::optional(rest_->substr(dot + 1));
    return word;
  }

 private:
  std::optional<std::string_view> rest_;
};

}  // namespace

/// Like wildcards in file names: after a mismatch, the last `**` takes one more word. Cost: at most
/// the product of both lengths, and no stack.
bool topic_matches(std::string_view pattern, std::string_view name) noexcept {
  words wanted(pattern);
  words given(name);
  std::optional<words> wanted_after_stars;
  words given_after_stars(name);
  auto want = wanted.next();
  auto got = given.next();
  while (got || want) {
    if (want && *want == "**") {
      wanted_after_stars = wanted;
      want = wanted.next();
      if (!want) return true;
      if (!got) continue;
      given_after_stars = given;
      continue;
    }
    if (want && got && (*want == "*" || *want == *got)) {
      want = wanted.next();
      got = given.next();
      continue;
    }
    if (!wanted_after_stars || !got) return false;
    wanted = *wanted_after_stars;
    want = wanted.next();
    given = given_after_stars;
    got = given.next();
    given_after_stars = given;
  }
  return true;
}

}  // namespace lifeline
