#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <memory>
#include <new>

namespace lifeline::guards::detail {

/// An allocator for large tables with random access. It asks the system for huge pages (Linux's
/// `madvise`), so that a look-up costs no TLB miss in addition to the cache miss. Small tables use
/// ordinary memory.
template <class T>
struct huge_page_allocator {
  using value_type = T;

  huge_page_allocator() = default;
  template <class U>
  huge_page_allocator(const huge_page_allocator<U>& /*same*/) noexcept {}

  T* allocate(std::size_t n) {
    if (!is_large(n)) return std::allocator<T>().allocate(n);
    void* all =
        ::mmap(nullptr, n * sizeof(T), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
    ::madvise(all, n * sizeof(T), MADV_HUGEPAGE);  // a hint; without it, only slower
#endif
    return static_cast<T*>(all);
  }
  void deallocate(T* all, std::size_t n) noexcept {
    if (is_large(n))
      ::munmap(all, n * sizeof(T));
    else
      std::allocator<T>().deallocate(all, n);
  }
  friend bool operator==(const huge_page_allocator&, const huge_page_allocator&) { return true; }

 private:
  /// Larger than a few huge pages.
  static bool is_large(std::size_t n) noexcept { return n >= (std::size_t{8} << 20) / sizeof(T); }
};

}  // namespace lifeline::guards::detail
