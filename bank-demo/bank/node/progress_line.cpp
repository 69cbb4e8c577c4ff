#include "bank/node/progress_line.hpp"

#include <algorithm>
#include <ostream>

namespace bank::node {
namespace {

constexpr std::uint64_t width = 30;

std::string padded(std::string text, std::size_t size) {
  text.resize(std::max(text.size(), size), ' ');
  return text;
}

}  // namespace

std::string progress_bar(std::string_view step, std::uint64_t done, std::uint64_t total) {
  if (total == 0) return std::string(step);
  done = std::min(done, total);
  const std::uint64_t filled = done * width / total;
  const std::string percent = std::to_string(done * 100 / total);
  return "[" + std::string(filled, '#') + std::string(width - filled, ' ') + "] " +
         std::string(3 - std::min<std::size_t>(3, percent.size()), ' ') + percent + " %  " +
         std::string(step);
}

void progress_line::show(std::string_view step, std::uint64_t done, std::uint64_t total) {
  if (terminal_) {
    const std::string text = progress_bar(step, done, total);
    to_ << '\r' << padded(text, drawn_) << std::flush;
    drawn_ = text.size();
  } else if (step != step_) {
    to_ << step << std::endl;
  }
  step_ = step;
}

progress_line::~progress_line() {
  if (drawn_ != 0) to_ << '\r' << std::string(drawn_, ' ') << '\r' << std::flush;
}

}  // namespace bank::node
