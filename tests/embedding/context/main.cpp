// Contexts without actors: a deadline, a value and a cancellation.

#include <cstdio>
#include <string>

#include "lifeline/context/context.hpp"
#include "lifeline/context/watch.hpp"
#include "lifeline/observe/loss.hpp"
#include "lifeline/time/manual_clock.hpp"

int main() {
  using namespace std::chrono_literals;
  static const lifeline::context_key<std::string> caller{"caller"};
  lifeline::manual_clock time;
  const auto root = lifeline::with_value(lifeline::background(time), caller, "alice");
  auto request = lifeline::with_timeout(root, 1s);
  const auto part = lifeline::with_cancel(request.ctx());
  time.advance(1s);
  const bool well = part.ctx().err() == lifeline::errc::deadline_exceeded &&
                    *part.ctx().value(caller) == "alice" && lifeline::wait_for(part.ctx(), 0s);
  std::puts(well ? "all is well" : "it is not");
  return well ? 0 : 1;
}
