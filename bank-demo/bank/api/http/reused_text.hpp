#pragma once

#include <cstddef>
#include <string>

namespace bank::api {

/// What a connection keeps of each buffer for the next message.
inline constexpr std::size_t most_kept = 64 * 1024;

/// Gives all of its memory back; to assign an empty text would keep it.
inline void give_back(std::string& text) noexcept { std::string().swap(text); }

/// Empties what lives as long as its connection. The memory that a large message took is given
/// back: a connection that rests costs no more for what once went over it.
inline void clear_for_the_next(std::string& text) noexcept {
  if (text.capacity() > most_kept) give_back(text);
  text.clear();
}

}  // namespace bank::api
