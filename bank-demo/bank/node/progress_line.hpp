#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

namespace bank::node {

/// "[#####     ]  50 %  entries", or only the step's name if the total is unknown.
std::string progress_bar(std::string_view step, std::uint64_t done, std::uint64_t total);

/// Shows the progress of long work: a bar redrawn in place on a terminal, else one line per step.
/// Used by one thread. The destructor clears the terminal's line.
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
