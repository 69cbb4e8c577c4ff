#pragma once

#include <algorithm>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lifeline/observe/trace.hpp"

namespace lifeline::testing {

/// A sink for tests: keeps every span, and answers queries about them.
class kept_spans final : public span_sink {
 public:
  void take(span_record r) noexcept override {
    const std::lock_guard lock(mutex_);
    all_.push_back(std::move(r));
  }
  std::vector<span_record> all() const {
    const std::lock_guard lock(mutex_);
    return all_;
  }
  std::vector<span_record> of(const trace_id& trace) const {
    auto mine = all();
    std::erase_if(mine, [&](const span_record& s) { return s.at.trace != trace; });
    return mine;
  }
  std::vector<span_record> named(const std::string& name) const {
    auto mine = all();
    std::erase_if(mine, [&](const span_record& s) { return s.name != name; });
    return mine;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<span_record> all_;
};

/// The name of the parent span of `s`; empty if it is not in `all`.
inline std::string name_above(const span_record& s, const std::vector<span_record>& all) {
  const auto above = std::ranges::find_if(
      all, [&](const span_record& other) { return other.at.span == s.parent; });
  return above == all.end() ? std::string() : above->name;
}

/// "deliver news in publish news": each span and its parent, once.
inline std::set<std::string> shape_of(const std::vector<span_record>& all) {
  std::set<std::string> shape;
  for (const span_record& s : all) shape.insert(s.name + " in " + name_above(s, all));
  return shape;
}

/// Its `error.type`; empty if it has not failed.
inline std::string error_of(const span_record& s) {
  for (const auto& [name, value] : s.attributes)
    if (name == "error.type" && s.failed) return std::get<std::string>(value);
  return {};
}

}  // namespace lifeline::testing
