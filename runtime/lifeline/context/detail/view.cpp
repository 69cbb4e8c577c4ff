#include "lifeline/context/detail/view.hpp"

#include <memory>

#include "lifeline/context/detail/node.hpp"

namespace lifeline::detail {

bool view::try_add_ref() noexcept {
  if (kind_ == kind::everlasting_node) return true;
  std::uint32_t n = refs_.load(std::memory_order_relaxed);
  while (n != 0)
    if (refs_.compare_exchange_weak(n, n + 1, std::memory_order_relaxed)) return true;
  return false;
}

void view::drop(view* v, view*& dead) noexcept {
  if (v == nullptr || v->kind_ == kind::everlasting_node) return;
  if (v->refs_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  v->next_dead_ = std::exchange(dead, v);
}

/// A loop, not recursion: a chain of contexts may be long.
void view::release() noexcept {
  view* dead = nullptr;
  drop(this, dead);
  while (dead != nullptr) {
    view* const v = std::exchange(dead, dead->next_dead_);
    if (v->kind_ == kind::values) {
      auto* const values = static_cast<value_view*>(v);
      node* const target = v->target_;
      value_view* const base = values->base();
      delete values;
      drop(target, dead);
      drop(base, dead);
    } else {
      auto* const n = static_cast<node*>(v);
      value_view* const values = v->values_;
      node* const parent = n->parent_;
      if (n->state() == errc::none) n->leave();
      delete n;
      drop(values, dead);
      drop(parent, dead);
    }
  }
}

value_view::value_view(node& target, value_view* base, std::uint32_t capacity) noexcept
    : view(kind::values, &target, this), base_(base), capacity_(capacity) {
  target.add_ref();
  if (base != nullptr) base->add_ref();
}

value_view::row& value_view::row_of(const void* key) noexcept {
  std::size_t i = home(key);
  while (rows_[i].key != key && rows_[i].key != nullptr) i = (i + 1) & (capacity_ - 1);
  return rows_[i];
}

void value_view::fill(void* behind, const void* key, const void* value) noexcept {
  rows_ = static_cast<row*>(behind);
  if (base_ != nullptr && base_->capacity_ == capacity_) {
    std::uninitialized_copy_n(base_->rows_, capacity_, rows_);
  } else {
    std::uninitialized_default_construct_n(rows_, capacity_);
    for (std::size_t i = 0; base_ != nullptr && i < base_->capacity_; ++i)
      if (base_->rows_[i].key != nullptr) row_of(base_->rows_[i].key) = base_->rows_[i];
  }
  row& mine = row_of(key);
  size_ = (base_ != nullptr ? base_->size_ : 0) + (mine.key == nullptr ? 1 : 0);
  mine = {key, value};
}

}  // namespace lifeline::detail
