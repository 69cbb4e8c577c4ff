#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "driver/finding.hpp"
#include "driver/problem.hpp"

namespace bank::driver {

// Formatting shared by the driver's texts and reports.

std::string rounded(double value, int digits);
/// Padded with spaces on the right, or on the left.
std::string padded(std::string_view text, std::size_t width);
std::string right(std::string_view text, std::size_t width);
/// A measured value in its metric's unit: "12.3 ms", "4012/s", "0.1 %".
std::string shown(std::string_view metric, double value);

/// Writes a file; creates its folder if needed.
maybe_problem write_file(const std::filesystem::path& file, std::string_view content);

}  // namespace bank::driver
