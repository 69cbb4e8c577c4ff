#include "lifeline/work/job_store.hpp"

#include <array>
#include <utility>

namespace lifeline {

namespace {
constexpr std::array<std::string_view, 6> state_names{"queued", "running",   "succeeded",
                                                      "failed", "cancelled", "interrupted"};
}

std::string_view to_string(job_state s) noexcept {
  return state_names[static_cast<std::size_t>(s)];
}

job_record without_texts(const job_record& j) {
  return {j.id,      j.kind,     j.owner, {},        j.state,   j.progress, {},
          j.failure, j.attempts, j.limit, j.created, j.started, j.ended};
}

std::optional<job_state> job_state_of(std::string_view name) noexcept {
  for (std::size_t i = 0; i < state_names.size(); ++i)
    if (state_names[i] == name) return static_cast<job_state>(i);
  return std::nullopt;
}

}  // namespace lifeline
