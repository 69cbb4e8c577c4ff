#include "driver/text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

namespace bank::driver {

std::string rounded(double value, int digits) {
  std::array<char, 48> text{};
  const int n = std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return {text.data(), static_cast<std::size_t>(std::clamp(n, 0, 47))};
}

std::string grouped(std::string digits) {
  const std::size_t first = digits.starts_with('-') ? 1 : 0;
  for (std::size_t i = digits.size(); i > first + 3;) digits.insert(i -= 3, ",");
  return digits;
}

std::string padded(std::string_view text, std::size_t width) {
  return std::string(text) + std::string(width - std::min(width, text.size()), ' ');
}

std::string right(std::string_view text, std::size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + std::string(text);
}

std::string bar(double share, std::size_t width) {
  const auto filled =
      static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(width));
  return "[" + std::string(filled, '#') + std::string(width - filled, ' ') + "]";
}

std::string shown(std::string_view metric, double value) {
  if (metric.ends_with(".rate")) return rounded(value, 1) + "/s";
  if (metric == "errors" || metric == "arrival.missed") return rounded(value * 100, 3) + " %";
  return rounded(value, 2) + " ms";
}

maybe_problem write_file(const std::filesystem::path& file, std::string_view content) {
  std::error_code error;
  std::filesystem::create_directories(file.parent_path(), error);
  std::ofstream out(file);
  out << content;
  out.close();
  if (out) return std::nullopt;
  return problem{file.string() + " can't be written: " + std::strerror(errno)};
}

}  // namespace bank::driver
