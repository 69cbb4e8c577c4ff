#pragma once

#include <cstddef>
#include <string>

namespace bank::api {

/// What a connection keeps of each buffer for the next message.
inline constexpr std::size_t most_kept = 64 * 1024;

/// Empties what lives as long as its connection. The memory that a large message took is given
/// back: a connection that rests costs no more for what once went over it.
inline void clear_for_the_next(std::string& text) {
  if (text.capacity() > most_kept) text = {};
  text.clear();
}

}  // namespace bank::api
