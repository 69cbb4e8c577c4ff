// TestCause, as a table, and TestCauseRace.

#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "conformance/context/manual_time.hpp"

namespace lifeline {

std::ostream& operator<<(std::ostream& out, const error& e) { return out << e.message(); }

namespace {

using namespace testing;

const error of_parent("the parent's");
const error of_child("the child's");
const error too_slow("too slow");
constexpr seconds forever(1'000'000);

/// The events before a context's cause is read. The scopes stay alive meanwhile.
struct history {
  std::vector<cancel_scope> scopes;
  context asked = background();

  history& then(cancel_scope s) {
    scopes.push_back(std::move(s));
    asked = scopes.back().ctx();
    return *this;
  }
};

struct a_case {
  const char* claim;
  void (*happen)(history&);
  errc err;
  error cause;
};

const a_case table[] = {
    {"a root has none", [](history&) {}, errc::none, {}},
    {"a cancel without one is its own",
     [](history& h) { h.then(with_cancel(background())).scopes[0].cancel(); }, errc::canceled,
     errc::canceled},
    {"the one given to cancel counts",
     [](history& h) { h.then(with_cancel(background())).scopes[0].cancel(of_parent); },
     errc::canceled, of_parent},
    {"the parent's counts when it comes first",
     [](history& h) {
       h.then(with_cancel(background())).then(with_cancel(h.asked));
       h.scopes[0].cancel(of_parent);
       h.scopes[1].cancel(of_child);
     },
     errc::canceled, of_parent},
    {"the child's counts when it comes first",
     [](history& h) {
       h.then(with_cancel(background())).then(with_cancel(h.asked));
       h.scopes[1].cancel(of_child);
       h.scopes[0].cancel(of_parent);
     },
     errc::canceled, of_child},
    {"the parent's counts before a cancel without one",
     [](history& h) {
       h.then(with_cancel(background())).then(with_cancel(h.asked));
       h.scopes[0].cancel(of_parent);
       h.scopes[1].cancel();
     },
     errc::canceled, of_parent},
    {"the parent's is unheard after a cancel without one",
     [](history& h) {
       h.then(with_cancel(background())).then(with_cancel(h.asked));
       h.scopes[1].cancel();
       h.scopes[0].cancel(of_parent);
     },
     errc::canceled, errc::canceled},
    {"the child's is unheard after the parent's cancel without one",
     [](history& h) {
       h.then(with_cancel(background())).then(with_cancel(h.asked));
       h.scopes[0].cancel();
       h.scopes[1].cancel(of_child);
     },
     errc::canceled, errc::canceled},
    {"the child's counts before the parent's cancel without one",
     [](history& h) {
       h.then(with_cancel(background())).then(with_cancel(h.asked));
       h.scopes[1].cancel(of_child);
       h.scopes[0].cancel();
     },
     errc::canceled, of_child},
    {"a deadline is its own",
     [](history& h) { h.then(with_timeout(background(), seconds(0))).scopes[0].cancel(); },
     errc::deadline_exceeded, errc::deadline_exceeded},
    {"a cancel before the deadline is a cancel",
     [](history& h) { h.then(with_timeout(background(), forever)).scopes[0].cancel(); },
     errc::canceled, errc::canceled},
    {"the one given with a deadline counts when that has passed",
     [](history& h) {
       h.then(with_timeout(background(), seconds(0), too_slow)).scopes[0].cancel();
     },
     errc::deadline_exceeded, too_slow},
    {"the one given with a deadline is unheard when it was cancelled before",
     [](history& h) { h.then(with_timeout(background(), forever, too_slow)).scopes[0].cancel(); },
     errc::canceled, errc::canceled},
    {"a passed deadline's counts before the parent's",
     [](history& h) {
       h.then(with_cancel(background())).then(with_timeout(h.asked, seconds(0), too_slow));
       h.scopes[0].cancel(of_parent);
     },
     errc::deadline_exceeded, too_slow},
    {"the parent's counts before a deadline to come",
     [](history& h) {
       h.then(with_cancel(background())).then(with_timeout(h.asked, forever, too_slow));
       h.scopes[0].cancel(of_parent);
     },
     errc::canceled, of_parent},
    {"without_cancel of a root has none",
     [](history& h) { h.asked = without_cancel(background()); },
     errc::none,
     {}},
    {"without_cancel does not hear the parent's",
     [](history& h) {
       h.then(with_cancel(background()));
       h.asked = without_cancel(h.asked);
       h.scopes[0].cancel(of_parent);
     },
     errc::none,
     {}},
    {"without_cancel does not hear of the parent's deadline",
     [](history& h) {
       h.then(with_timeout(background(), seconds(0), too_slow));
       h.asked = without_cancel(h.asked);
     },
     errc::none,
     {}},
};

TEST(a_cause, is_the_first_that_reached_the_context) {
  for (const a_case& c : table) {
    SCOPED_TRACE(c.claim);
    history h;
    c.happen(h);
    EXPECT_EQ(h.asked.err(), c.err);
    EXPECT_EQ(h.asked.cause(), c.cause);
  }
}

TEST(a_cause, is_complete_for_every_thread_that_sees_it) {
  for (int round = 0; round < 200; ++round) {
    auto scope = with_cancel(background());
    const context ctx = scope.ctx();
    std::thread canceller([&] { scope.cancel(of_parent); });
    error seen;
    while (!(seen = ctx.cause())) std::this_thread::yield();
    EXPECT_EQ(seen, of_parent);
    canceller.join();
  }
}

}  // namespace
}  // namespace lifeline
