#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace lifeline::detail {

class node;
class value_view;

/// Target of a context handle: a node of the tree, or a view of one with more values.
/// Reference-counted, except for the process's root, whose counter all threads would contend for.
class view {
 public:
  enum class kind : std::uint8_t { node, everlasting_node, values };

  view(const view&) = delete;
  view& operator=(const view&) = delete;

  void add_ref() noexcept {
    if (kind_ != kind::everlasting_node) refs_.fetch_add(1, std::memory_order_relaxed);
  }
  /// Takes a reference, unless the last one is already gone.
  bool try_add_ref() noexcept;
  void release() noexcept;

  node& target() const noexcept { return *target_; }
  /// Null if there are none.
  value_view* values() const noexcept { return values_; }

 protected:
  view(kind k, node* target, value_view* values) noexcept
      : kind_(k), target_(target), values_(values) {}
  ~view() = default;

 private:
  /// Releases a reference; adds objects without references to `dead`.
  static void drop(view* v, view*& dead) noexcept;

  std::atomic<std::uint32_t> refs_{1};
  const kind kind_;
  node* const target_;        // itself for a node, else holds a reference
  value_view* const values_;  // itself for a value view, else holds a reference
  view* next_dead_ = nullptr;
};

/// A node with one more value than `base`. All visible values stand in one small hash table behind
/// the object, so that a look-up is one probe at any depth. The values themselves stay where they
/// were made; the chain of `base` keeps them alive.
class value_view : public view {
 public:
  value_view(node& target, value_view* base, std::uint32_t capacity) noexcept;
  virtual ~value_view() = default;
  value_view* base() const noexcept { return base_; }

  const void* find(const void* key) const noexcept {
    for (std::size_t i = home(key);; i = (i + 1) & (capacity_ - 1))
      if (rows_[i].key == key || rows_[i].key == nullptr) return rows_[i].value;
  }

  struct row {
    const void* key = nullptr;
    const void* value = nullptr;
  };
  /// Rows that a view over `base` (may be null) needs: a power of two, at least half of them empty.
  static std::uint32_t capacity_over(const value_view* base) noexcept {
    if (base == nullptr) return 2;
    return 2 * base->size_ < base->capacity_ ? base->capacity_ : 2 * base->capacity_;
  }

  static void* operator new(std::size_t size, std::uint32_t capacity) {
    return ::operator new(size + capacity * sizeof(row));
  }
  static void operator delete(void* block) noexcept { ::operator delete(block); }
  static void operator delete(void* block, std::uint32_t) noexcept { ::operator delete(block); }

 protected:
  /// Fills the table. `behind`: the address after the most derived object.
  void fill(void* behind, const void* key, const void* value) noexcept;

 private:
  /// Fibonacci hashing (Knuth, volume 3, 6.4) of the key's address.
  std::size_t home(const void* key) const noexcept {
    return (reinterpret_cast<std::uintptr_t>(key) * 0x9E3779B97F4A7C15U >> 32) & (capacity_ - 1);
  }
  row& row_of(const void* key) noexcept;

  value_view* const base_;  // holds a reference
  row* rows_ = nullptr;
  const std::uint32_t capacity_;
  std::uint32_t size_ = 0;
};

template <class T>
class value_of final : public value_view {
  static_assert(alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__,
                "a context can't hold over-aligned values: store a pointer");

 public:
  value_of(node& target, value_view* base, std::uint32_t capacity, const void* key, T&& value)
      : value_view(target, base, capacity), value_(std::move(value)) {
    fill(this + 1, key, &value_);
  }

 private:
  const T value_;
};

}  // namespace lifeline::detail
