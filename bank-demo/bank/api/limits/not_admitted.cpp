#include "bank/api/limits/not_admitted.hpp"

#include <cstdio>

#include "lifeline/guards/refusal.hpp"

namespace bank::api {

namespace {

double ms(lifeline::duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

/// Of an earlier request with the same id the outcome is not known: it may have succeeded.
problem overloaded(std::string detail) {
  return {code::overloaded, std::move(detail), {}, lifeline::ledger::outcome::unknown, {}};
}

}  // namespace

problem not_admitted(std::error_code why, lifeline::duration left, lifeline::duration typical) {
  using lifeline::guards::refusal;
  if (why == refusal::overloaded)
    return overloaded("the queue of waiting requests is full; retry in 1 s");
  if (why != refusal::cannot_finish) return problem_of(static_cast<lifeline::errc>(why.value()));
  char text[128];
  std::snprintf(text, sizeof text,
                "%.1f ms are left, but such requests take %.1f ms now; allow more time", ms(left),
                ms(typical));
  return overloaded(text);
}

}  // namespace bank::api
