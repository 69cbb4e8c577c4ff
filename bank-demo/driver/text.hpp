#pragma once

#include <concepts>
#include <filesystem>
#include <string>
#include <string_view>

#include "driver/problem.hpp"

namespace bank::driver {

// Formatting shared by the driver's texts and reports.

std::string rounded(double value, int digits);
/// 1234567 as "1,234,567".
std::string grouped(std::string digits);
std::string grouped(std::integral auto number) { return grouped(std::to_string(number)); }
/// Padded with spaces on the right, or on the left.
std::string padded(std::string_view text, std::size_t width);
std::string right(std::string_view text, std::size_t width);
/// "[#######             ]": the share, from 0 to 1, of the width.
std::string bar(double share, std::size_t width);
/// A measured value in its metric's unit: "12.3 ms", "4012/s", "0.1 %".
std::string shown(std::string_view metric, double value);

/// Writes a file; creates its folder if needed.
maybe_problem write_file(const std::filesystem::path& file, std::string_view content);

}  // namespace bank::driver
