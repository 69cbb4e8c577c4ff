#include "lifeline/bus/topic_pattern.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "random_seed.hpp"

namespace lifeline {
namespace {

TEST(topic_pattern, matches_words_one_word_and_any_number_of_them) {
  const struct {
    const char* pattern;
    const char* name;
    bool matches;
  } rows[] = {
      {"orders", "orders", true},
      {"orders", "order", false},
      {"orders", "orders.paid", false},
      {"orders.*", "orders.paid", true},
      {"orders.*", "orders", false},
      {"orders.*", "orders.eu.paid", false},
      {"orders.**", "orders", true},
      {"orders.**", "orders.eu.paid", true},
      {"**", "anything.at.all", true},
      {"**.paid", "paid", true},
      {"**.paid", "orders.eu.paid", true},
      {"**.paid", "orders.paid.late", false},
      {"a.**.b.**.c", "a.b.b.x.c", true},
      {"a.**.b.**.c", "a.c.b", false},
      {"**.**", "a", true},
      {"*.**.*", "a", false},
      {"*.**.*", "a.b", true},
      {"", "", true},
      {"", "a", false},
      {"*", "", true},
  };
  for (const auto& r : rows)
    EXPECT_EQ(topic_matches(r.pattern, r.name), r.matches) << r.pattern << " and " << r.name;
}

using word_list = std::vector<std::string>;

/// By the definition.
bool matches_naively(const word_list& p, std::size_t i, const word_list& n, std::size_t j) {
  if (i == p.size()) return j == n.size();
  if (p[i] == "**") {
    for (std::size_t k = j; k <= n.size(); ++k)
      if (matches_naively(p, i + 1, n, k)) return true;
    return false;
  }
  return j < n.size() && (p[i] == "*" || p[i] == n[j]) && matches_naively(p, i + 1, n, j + 1);
}

std::string joined(const word_list& words) {
  std::string all = words[0];
  for (std::size_t i = 1; i < words.size(); ++i) all += '.' + words[i];
  return all;
}

TEST(topic_pattern, agrees_with_its_definition) {
  std::mt19937_64 random(testing::random_seed());
  const auto some = [&](std::vector<std::string> from, std::size_t most) {
    word_list words(1 + random() % most);
    for (auto& w : words) w = from[random() % from.size()];
    return words;
  };
  for (int i = 0; i < 20'000; ++i) {
    const auto pattern = some({"a", "b", "*", "**"}, 5);
    const auto name = some({"a", "b"}, 6);
    ASSERT_EQ(topic_matches(joined(pattern), joined(name)), matches_naively(pattern, 0, name, 0))
        << joined(pattern) << " and " << joined(name);
  }
}

}  // namespace
}  // namespace lifeline
