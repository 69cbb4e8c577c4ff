#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace lifeline {

/// Names a value that a context may carry. Make one per value, `inline const`, at namespace scope:
/// its address is the key, its name is for people and for the wire.
///
///     inline const context_key<std::string> request_id{"request_id"};
template <class T>
class context_key {
 public:
  explicit constexpr context_key(std::string_view name) noexcept : name_(name) {}
  context_key(const context_key&) = delete;
  context_key& operator=(const context_key&) = delete;

  constexpr std::string_view name() const noexcept { return name_; }

 private:
  std::string_view name_;
};

namespace detail {

/// The values of a context, flat: one row per key, whatever the depth. Immutable and shared.
class value_table {
 public:
  struct row {
    const void* key;
    std::shared_ptr<const void> value;
  };

  explicit value_table(std::vector<row> rows) : rows_(std::move(rows)) {}
  /// This table (which may be null) with one row added or replaced.
  static std::shared_ptr<const value_table> with(const value_table* base, row added);

  const void* find(const void* key) const noexcept {
    for (const row& r : rows_)
      if (r.key == key) return r.value.get();
    return nullptr;
  }

 private:
  std::vector<row> rows_;
};

}  // namespace detail
}  // namespace lifeline
