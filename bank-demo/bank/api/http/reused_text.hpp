#pragma once

#include <cstddef>
#include <string>

namespace bank::api {

/// Buffer capacity that a connection keeps for its next message.
inline constexpr std::size_t most_kept = 64 * 1024;

/// Frees all memory; assigning an empty string would keep it.
inline void give_back(std::string& text) noexcept { std::string().swap(text); }

/// Empties a string that lives as long as its connection, and frees large buffers: an idle
/// connection needs no more memory for an earlier large message.
inline void clear_for_the_next(std::string& text) noexcept {
  if (text.capacity() > most_kept) give_back(text);
  text.clear();
}

}  // namespace bank::api
