#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

namespace bank::node {

/// "[#####     ]  50 %  entries", or only the name where a total is not known.
std::string progress_bar(std::string_view step, std::uint64_t done, std::uint64_t total);

/// Shows how far long work has come: a bar that is drawn over on a terminal, else a line for each
/// step. Used by one thread. Its end leaves the terminal's line free.
class progress_line {
 public:
  progress_line(std::ostream& to, bool terminal) noexcept : to_(to), terminal_(terminal) {}
  progress_line(const progress_line&) = delete;
  progress_line& operator=(const progress_line&) = delete;
  ~progress_line();

  void show(std::string_view step, std::uint64_t done, std::uint64_t total);

 private:
  std::ostream& to_;
  const bool terminal_;
  std::string step_;
  std::size_t drawn_ = 0;
};

}  // namespace bank::node
