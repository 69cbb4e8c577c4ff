#pragma once

#include <boost/pfr/core.hpp>

#include <tuple>
#include <utility>

#include "lifeline/actor/caf.hpp"

// Messages are plain structs: aggregates without base classes. One line behind the struct, in its
// namespace, lets CAF write and read it; its members are not listed again:
//
//     struct deliver {
//       parcel_id parcel;
//       std::string street;
//     };
//     LIFELINE_MESSAGE(deliver);
//
// The members are written in their order, by Boost.PFR. Each has a type that CAF knows, or is such
// a struct itself, or has an `inspect` of its own.

namespace lifeline {

/// A part of a message that never leaves its node. It is not written: after a transport it is
/// empty.
template <class T>
struct local {
  T value{};

  T& operator*() noexcept { return value; }
  const T& operator*() const noexcept { return value; }
  T* operator->() noexcept { return &value; }
  const T* operator->() const noexcept { return &value; }
};
template <class Inspector, class T>
auto inspect(Inspector& f, local<T>& x) {
  return fields(f, "local", x);
}

namespace detail {
template <class Inspector, class T>
auto inspect_members(Inspector& f, T& x, const char* name) {
  return std::apply([&](auto&... members) { return fields(f, name, x, members...); },
                    boost::pfr::structure_tie(x));
}
}  // namespace detail

}  // namespace lifeline

#define LIFELINE_MESSAGE(type)                               \
  template <class Inspector>                                 \
  auto inspect(Inspector& f, type& x) {                      \
    return ::lifeline::detail::inspect_members(f, x, #type); \
  }                                                          \
  static_assert(true)
