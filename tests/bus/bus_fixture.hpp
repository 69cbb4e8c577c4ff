#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lifeline/bus/event_ring.hpp"

namespace lifeline::testing {

/// The events of the tests: a number and a person.
struct happening {
  int number = 0;
  std::string whom{};
};

inline std::shared_ptr<event> happens(int number, std::string whom = {}) {
  static const auto name = std::make_shared<const std::string>("news");
  return std::make_shared<detail::event_of<happening>>(name, happening{number, std::move(whom)});
}

inline int number_of(const event& e) { return e.as<happening>()->number; }
inline std::string whom_of(const event& e) { return e.as<happening>()->whom; }

/// A topic about people.
inline topic_options about_people(std::size_t window, std::size_t most_keys = 100) {
  return {.window = window, .key_of = whom_of, .most_keys = most_keys};
}

/// "3 4 -2 7": the received numbers; a negative one is the number of events in a gap.
inline std::string words_of(const std::vector<bus_item>& items) {
  std::string all;
  for (const bus_item& i : items) {
    if (!all.empty()) all += ' ';
    const auto* g = std::get_if<gap>(&i);
    all += g != nullptr ? "-" + std::to_string(g->missed)
                        : std::to_string(number_of(*std::get<event_ptr>(i)));
  }
  return all;
}

inline std::string words_of(const std::vector<event_ptr>& events) {
  return words_of(std::vector<bus_item>(events.begin(), events.end()));
}

}  // namespace lifeline::testing
