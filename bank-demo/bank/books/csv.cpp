#include "bank/books/csv.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>

namespace bank::books {

namespace {

/// Why a record is wrong, and in which cell.
struct flaw {
  std::size_t cell = 0;
  std::string what;
};

constexpr std::string_view quote_in_plain_cell = "a cell that contains a quote must be quoted";
constexpr std::string_view open_quote = "a quoted cell has no closing quote";
constexpr std::string_view no_separator =
    "a cell must be followed by a comma or a line break (LF or CRLF)";

bool is_control_character(char c) noexcept {
  return (c >= 0 && c < ' ' && c != '\n' && c != '\r') || c == '\x7f';
}

/// Splits a text into records.
class csv_scanner {
 public:
  explicit csv_scanner(std::string_view text) : rest_(text) {}

  bool at_end() const noexcept { return rest_.empty(); }
  /// The first line of the next record, from 1.
  std::size_t line() const noexcept { return line_; }

  /// Appends the next record's cells.
  std::optional<flaw> record(std::vector<std::string>& cells) {
    for (std::size_t n = 0;; ++n) {
      std::string& out = cells.emplace_back();
      if (const auto wrong = cell(out); !wrong.empty()) return flaw{n, std::string(wrong)};
      if (std::any_of(out.begin(), out.end(), is_control_character))
        return flaw{n, shown(out) + " has a control character"};
      if (!rest_.empty() && rest_.front() == ',') {
        rest_.remove_prefix(1);
        continue;
      }
      if (end_of_line()) return std::nullopt;
      return flaw{n, std::string(no_separator)};
    }
  }

 private:
  /// An error text, empty if there is none, here and below.
  std::string_view cell(std::string& out) {
    return !rest_.empty() && rest_.front() == '"' ? quoted(out) : plain(out);
  }

  std::string_view plain(std::string& out) {
    const std::size_t n = std::min(rest_.find_first_of(",\r\n\""), rest_.size());
    out = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return !rest_.empty() && rest_.front() == '"' ? quote_in_plain_cell : std::string_view();
  }

  std::string_view quoted(std::string& out) {
    rest_.remove_prefix(1);
    for (;;) {
      const std::size_t n = rest_.find('"');
      if (n == std::string_view::npos) return open_quote;
      line_ += count_lines(rest_.substr(0, n));
      out += rest_.substr(0, n);
      rest_.remove_prefix(n + 1);
      if (rest_.empty() || rest_.front() != '"') return {};
      out += '"';
      rest_.remove_prefix(1);
    }
  }

  /// False if something else follows.
  bool end_of_line() {
    if (rest_.empty()) return true;
    if (rest_.starts_with("\r\n")) rest_.remove_prefix(1);
    if (rest_.front() != '\n') return false;
    rest_.remove_prefix(1);
    ++line_;
    return true;
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

bool has_byte_order_mark(std::string_view text) {
  return text.starts_with("\xef\xbb\xbf") || text.starts_with("\xff\xfe") ||
         text.starts_with("\xfe\xff");
}

/// A hint for a text with other separators than commas.
std::string_view hint_at_commas(std::string_view text) {
  return text.find_first_of(";\t") == std::string_view::npos
             ? ""
             : "; cells must be separated by commas";
}

/// Empty if the text starts with this header.
std::optional<flaw> wrong_header(std::string_view text, csv_scanner& scanner,
                                 std::span<const std::string_view> columns) {
  if (has_byte_order_mark(text))
    return flaw{0, "the file starts with a byte order mark: save it as UTF-8 without one"};
  std::vector<std::string> header;
  const auto wrong = scanner.record(header);
  const auto [found, expected] =
      std::mismatch(header.begin(), header.end(), columns.begin(), columns.end());
  if (!wrong && found == header.end() && expected == columns.end()) return std::nullopt;
  const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
  return flaw{static_cast<std::size_t>(expected - columns.begin()),
              "the header must be \"" + joined(columns) + "\", not " + shown(line) +
                  std::string(hint_at_commas(line))};
}

std::optional<flaw> wrong_width(std::span<const std::string> cells,
                                std::span<const std::string_view> columns) {
  if (cells.size() == columns.size()) return std::nullopt;
  if (cells.size() == 1 && cells[0].empty()) return flaw{0, "empty line: remove it"};
  const bool too_many = cells.size() > columns.size();
  return flaw{cells.size(),
              "the row has " + std::to_string(cells.size()) + " cells, but must have " +
                  std::to_string(columns.size()) + " (" + joined(columns) + ")" +
                  std::string(too_many ? "; a cell that contains a comma must be quoted"
                                       : hint_at_commas(cells[0]))};
}

}  // namespace

std::string shown(std::string_view text) {
  static constexpr std::string_view digits = "0123456789abcdef";
  constexpr std::size_t most = 60;
  std::string out = "\"";
  for (const char c : text.substr(0, most)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= ' ' && byte <= '~') {
      out += c;
    } else {
      out.append("\\x") += digits[byte >> 4U];
      out += digits[byte & 15U];
    }
  }
  return out + (text.size() > most ? "...\"" : "\"");
}

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
  if (const auto wrong = wrong_header(text, scanner, columns))
    return table.at(1, wrong->cell, wrong->what);
  while (!scanner.at_end()) {
    const std::size_t line = scanner.line();
    const std::size_t before = table.cells_.size();
    auto wrong = scanner.record(table.cells_);
    if (!wrong) wrong = wrong_width(std::span(table.cells_).subspan(before), columns);
    if (wrong) return table.at(line, wrong->cell, wrong->what);
    table.lines_.push_back(line);
  }
  return table;
}

problem csv_table::at(const csv_row& row, std::size_t column, std::string what) const {
  return at(row.line, column, std::move(what));
}

problem csv_table::at(std::size_t line, std::size_t column, std::string what) const {
  return {name_, line, columns_[std::min(column, width_ - 1)], std::move(what)};
}

problem csv_table::of_file(std::string what) const { return {name_, 0, {}, std::move(what)}; }

}  // namespace bank::books
