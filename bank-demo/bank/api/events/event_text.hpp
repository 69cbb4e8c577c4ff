#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lifeline/bus/event.hpp"

namespace bank::api {

/// The topics that a client may choose, as a set.
enum class event_group : std::uint8_t { transfers = 1, accounts = 2, jobs = 4, system = 8 };
using event_groups = std::uint8_t;
inline constexpr event_groups all_groups = 15;
constexpr bool holds(event_groups set, event_group g) noexcept {
  return (set & static_cast<event_groups>(g)) != 0;
}

event_group group_of(const lifeline::event& e) noexcept;
/// For example `transfer.posted`.
std::string_view type_of(const lifeline::event& e) noexcept;
/// Does it have an id that a client can resume from? Only ledger events do: other events are
/// numbered anew with each start of the node.
bool bears_id(const lifeline::event& e) noexcept;
/// The memory of a ledger event and its text in bytes, about.
std::size_t size_of(const lifeline::event& e);
/// The event's data as JSON; made once, when first needed.
const std::string& data_of(const lifeline::event& e);

/// Each appends one item: as a Server-Sent Event, or as a JSON text.
void append_sse(std::string& out, const lifeline::bus_item& item);
void append_json(std::string& out, const lifeline::bus_item& item);

}  // namespace bank::api
