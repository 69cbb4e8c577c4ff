#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bank/books/problem.hpp"

namespace bank::books {

/// One row of a table with its line in the file. Valid as long as its table.
struct csv_row {
  std::size_t line = 0;
  std::span<const std::string> cells;

  const std::string& operator[](std::size_t column) const { return cells[column]; }
};

/// A CSV file (RFC 4180) with a header, read strictly: exactly the expected columns in their order
/// in every row, closed quotes, no empty line, and no control characters except line breaks in
/// quotes. Lines end in LF or CRLF; no byte order mark. A problem names the file, the line and the
/// column. The encoding of unused columns does not matter.
class csv_table {
 public:
  static result<csv_table> read(const std::filesystem::path& file,
                                std::span<const std::string_view> columns);
  /// The same for a text; `name` names it in problems.
  static result<csv_table> parse(std::string_view text, std::string name,
                                 std::span<const std::string_view> columns);

  std::size_t size() const noexcept { return lines_.size(); }
  csv_row row(std::size_t i) const {
    return {lines_[i], std::span(cells_).subspan(i * width_, width_)};
  }
  /// A problem with a row's cell.
  problem at(const csv_row& row, std::size_t column, std::string what) const;
  /// A problem with the file as a whole.
  problem of_file(std::string what) const;

 private:
  csv_table(std::string name, std::span<const std::string_view> columns)
      : name_(std::move(name)), columns_(columns.begin(), columns.end()), width_(columns.size()) {}

  problem at(std::size_t line, std::size_t column, std::string what) const;

  std::string name_;
  std::vector<std::string> columns_;
  std::size_t width_;
  std::vector<std::size_t> lines_;
  std::vector<std::string> cells_;
};

/// A cell's content in quotes, for error texts: shortened if long; bytes that are not printable
/// ASCII as "\\x" and two digits.
std::string shown(std::string_view text);

/// Reads a whole file as text.
result<std::string> read_file(const std::filesystem::path& file);

}  // namespace bank::books
