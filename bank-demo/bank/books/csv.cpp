#include "bank/books/csv.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>

namespace bank::books {

namespace {

/// Takes a text apart, record by record.
class csv_scanner {
 public:
  explicit csv_scanner(std::string_view text) : rest_(text) {}

  bool at_end() const noexcept { return rest_.empty(); }
  /// The line that the next record begins on, from 1.
  std::size_t line() const noexcept { return line_; }

  /// Appends the next record's cells; what is wrong with it, if anything.
  std::optional<std::string_view> record(std::vector<std::string>& cells) {
    for (;;) {
      cells.emplace_back();
      if (const auto wrong = cell(cells.back())) return wrong;
      if (!rest_.empty() && rest_.front() == ',') {
        rest_.remove_prefix(1);
        continue;
      }
      return end_of_line();
    }
  }

 private:
  std::optional<std::string_view> cell(std::string& out) {
    return !rest_.empty() && rest_.front() == '"' ? quoted(out) : plain(out);
  }

  std::optional<std::string_view> plain(std::string& out) {
    const std::size_t n = std::min(rest_.find_first_of(",\r\n\""), rest_.size());
    out = rest_.substr(0, n);
    rest_.remove_prefix(n);
    if (!rest_.empty() && rest_.front() == '"')
      return "a quote stands inside a cell without quotes";
    return std::nullopt;
  }

  std::optional<std::string_view> quoted(std::string& out) {
    rest_.remove_prefix(1);
    for (;;) {
      const std::size_t n = rest_.find('"');
      if (n == std::string_view::npos) return "a quoted cell is never closed";
      line_ += count_lines(rest_.substr(0, n));
      out += rest_.substr(0, n);
      rest_.remove_prefix(n + 1);
      if (rest_.empty() || rest_.front() != '"') return std::nullopt;
      out += '"';
      rest_.remove_prefix(1);
    }
  }

  std::optional<std::string_view> end_of_line() {
    if (rest_.empty()) return std::nullopt;
    if (rest_.starts_with("\r\n")) rest_.remove_prefix(1);
    if (rest_.front() != '\n') return "after a cell there must be a comma or the end of the line";
    rest_.remove_prefix(1);
    ++line_;
    return std::nullopt;
  }

  static std::size_t count_lines(std::string_view text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  std::string_view rest_;
  std::size_t line_ = 1;
};

std::string joined(std::span<const std::string_view> columns) {
  std::string text;
  for (const std::string_view column : columns) text.append(text.empty() ? "" : ",").append(column);
  return text;
}

problem place(const std::string& name, std::size_t line, std::string_view what) {
  return {name, line, {}, std::string(what)};
}

}  // namespace

result<std::string> read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in || std::filesystem::is_directory(file))
    return problem{file.string(),
                   0,
                   {},
                   std::string("can't be read: ") + (in ? "it is a folder" : std::strerror(errno))};
  return {boost::system::in_place_value, std::istreambuf_iterator<char>(in),
          std::istreambuf_iterator<char>()};
}

result<csv_table> csv_table::read(const std::filesystem::path& file,
                                  std::span<const std::string_view> columns) {
  const auto text = read_file(file);
  if (!text) return text.error();
  return parse(*text, file.string(), columns);
}

result<csv_table> csv_table::parse(std::string_view text, std::string name,
                                   std::span<const std::string_view> columns) {
  csv_table table(std::move(name), columns);
  csv_scanner scanner(text);
  std::vector<std::string> header;
  const auto wrong_header = scanner.record(header);
  if (wrong_header || !std::equal(header.begin(), header.end(), columns.begin(), columns.end()))
    return place(table.name_, 1, "the header must be \"" + joined(columns) + "\"");
  while (!scanner.at_end()) {
    const std::size_t line = scanner.line();
    const std::size_t before = table.cells_.size();
    if (const auto wrong = scanner.record(table.cells_)) return place(table.name_, line, *wrong);
    const std::size_t found = table.cells_.size() - before;
    if (found == 1 && table.cells_.back().empty() && columns.size() > 1)
      return place(table.name_, line, "the line is empty");
    if (found != columns.size())
      return place(table.name_, line,
                   "there are " + std::to_string(found) + " cells where " +
                       std::to_string(columns.size()) + " belong (" + joined(columns) + ")");
    table.lines_.push_back(line);
  }
  return table;
}

problem csv_table::at(const csv_row& row, std::size_t column, std::string what) const {
  return {name_, row.line, columns_[column], std::move(what)};
}

problem csv_table::of_file(std::string what) const { return {name_, 0, {}, std::move(what)}; }

}  // namespace bank::books
