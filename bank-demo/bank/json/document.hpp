#pragma once

#include <boost/system/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <forward_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bank::json {

class document;

/// A value of a document, at its place there: members and items follow their container.
class value {
 public:
  enum class kind : std::uint8_t { null, boolean, integer, number, text, array, object };
  class range;

  /// A null value of no document.
  static const value& nothing() noexcept;

  kind what() const noexcept { return what_; }
  /// From 1; 0 for `nothing`.
  std::size_t line() const noexcept { return line_; }
  /// Of a member; empty for others.
  std::string_view key() const noexcept { return key_; }

  bool is_null() const noexcept { return what_ == kind::null; }
  bool is_object() const noexcept { return what_ == kind::object; }
  bool is_array() const noexcept { return what_ == kind::array; }
  std::optional<bool> as_bool() const noexcept;
  /// Of a number that is written as an integer and fits; never rounded.
  std::optional<std::int64_t> as_integer() const noexcept;
  /// Of any number.
  std::optional<double> as_number() const noexcept;
  std::optional<std::string_view> as_text() const noexcept;
  /// A number, true, false or null as it is written; the content of a text.
  std::string_view spelled() const noexcept { return text_; }

  /// The members of an object, the items of an array; none of others. In the text's order.
  range children() const noexcept;
  /// The object's member of that name; null if it is missing or this is not an object.
  const value* find(std::string_view key) const noexcept;
  /// The same, but `nothing` if it is missing.
  const value& operator[](std::string_view key) const noexcept;

 private:
  friend class document_builder;
  value(kind what, std::string_view key, std::string_view text, std::size_t line) noexcept
      : key_(key), text_(text), line_(static_cast<std::uint32_t>(line)), what_(what) {}

  std::string_view key_;
  std::string_view text_;
  std::uint32_t line_;
  std::uint32_t size_ = 1;  ///< values in it, with itself: the next one's distance
  kind what_;
};

class value::range {
 public:
  class iterator {
   public:
    explicit iterator(const value* at) noexcept : at_(at) {}
    const value& operator*() const noexcept { return *at_; }
    iterator& operator++() noexcept {
      at_ += at_->size_;
      return *this;
    }
    friend bool operator==(iterator a, iterator b) noexcept = default;

   private:
    const value* at_;
  };

  range(const value* begin, const value* end) noexcept : begin_(begin), end_(end) {}
  iterator begin() const noexcept { return iterator(begin_); }
  iterator end() const noexcept { return iterator(end_); }
  bool empty() const noexcept { return begin_ == end_; }
  /// Counts: linear.
  std::size_t size() const noexcept;

 private:
  const value* begin_;
  const value* end_;
};

/// A member given again, and the one given first.
struct repeated_member {
  const value* again = nullptr;
  const value* first = nullptr;
};

/// Why and where a text stops being JSON. A text that ends too early has no column.
struct syntax_error {
  boost::system::error_code why;  ///< of Boost.JSON
  std::size_t line = 0;           ///< from 1; 0: the text is empty
  std::size_t column = 0;         ///< in bytes, from 1; 0: none
  std::size_t offset = 0;         ///< in bytes, from 0
};

/// The values of a JSON text in its order, as one list. Reads strictly: valid UTF-8, one value and
/// nothing after it, nested at most `most_depth` deep, and each member given twice is found. What
/// precedes an error is kept, so that its errors can be reported too.
class document {
 public:
  static constexpr std::size_t most_depth = 32;
  enum class comments : std::uint8_t { refused, allowed };

  /// The text must outlive it.
  explicit document(std::string_view text, comments c = comments::refused);
  static document owning(std::string text);
  document(document&&) noexcept = default;
  document& operator=(document&&) noexcept = default;

  /// A null value for a text without any.
  const value& root() const noexcept { return values_.front(); }
  std::string_view text() const noexcept { return text_; }
  bool is_sound() const noexcept { return !error_ && repeated_.empty(); }
  const std::optional<syntax_error>& error() const noexcept { return error_; }
  const std::vector<repeated_member>& repeated() const noexcept { return repeated_; }

 private:
  friend class document_builder;
  document() = default;
  void read(comments c);

  std::string_view text_;
  std::vector<value> values_;
  std::forward_list<std::string> texts_;  ///< those with escapes; others are views of the text
  std::vector<repeated_member> repeated_;
  std::optional<syntax_error> error_;
};

}  // namespace bank::json
