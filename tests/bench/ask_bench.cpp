// Compares an ask with a deadline with CAF's own requests, in alternating rounds of one run. A
// client sends `open` questions to an actor that answers at once, waits for all answers, and
// repeats. A round of questions has one deadline. Prints one line of JSON per case, and the ratios
// of the medians on standard error.

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lifeline/actor/ask.hpp"
#include "lifeline/actor/runtime.hpp"

namespace {

using namespace lifeline;
using std::chrono::seconds;

struct question {
  int number = 0;
};
template <class Inspector>
auto inspect(Inspector& f, question& x) {
  return lifeline::fields(f, "question", x, x.number);
}

struct answer {
  int number = 0;
};
template <class Inspector>
auto inspect(Inspector& f, answer& x) {
  return lifeline::fields(f, "answer", x, x.number);
}

caf::behavior answering(caf::event_based_actor*) {
  return {[](const question& q) { return answer{q.number}; },
          [](const context&, const question& q) { return answer{q.number}; }};
}

/// One client's work; the main thread waits for its end.
struct case_run {
  runtime& rt;
  caf::actor target;
  int open;
  int left;  // rounds of questions
  std::atomic<bool> finished{false};

  void finish() {
    finished = true;
    finished.notify_all();
  }
};

struct client_state {
  std::optional<cancel_scope> scope;
  int waiting = 0;
};
using client = caf::stateful_actor<client_state>;
using round = void (*)(client*, case_run*);

void next(client* self, case_run* run, round ask_all) {
  auto& me = state_of(self);
  if (--me.waiting > 0) return;
  if (run->left-- == 0) {
    me.scope.reset();
    run->finish();
    self->quit();
    return;
  }
  me.waiting = run->open;
  ask_all(self, run);
}

void stop(const char* what) {
  std::fprintf(stderr, "ask_bench: %s failed\n", what);
  std::exit(1);
}

template <class Timeout>
void request_all(client* self, case_run* run, round again, Timeout limit) {
  for (int i = 0; i < run->open; ++i)
    self->request(run->target, limit, question{i})
        .then([=](const answer&) { next(self, run, again); },
              [](const caf::error&) { stop("a request"); });
}

void ask_within(client* self, case_run* run, const context& ctx, round again) {
  for (int i = 0; i < run->open; ++i)
    ask(self, ctx, run->target, question{i})
        .then([=](const answer&) { next(self, run, again); }, [](errc) { stop("an ask"); });
}

void request_infinite(client* self, case_run* run) {
  request_all(self, run, request_infinite, caf::infinite);
}
void request_5s(client* self, case_run* run) { request_all(self, run, request_5s, seconds(5)); }

/// CAF's request with the same message as an ask, to measure the cost of the context in it.
void request_same(client* self, case_run* run) {
  for (int i = 0; i < run->open; ++i)
    self->request(run->target, caf::infinite, run->rt.background(), question{i})
        .then([=](const answer&) { next(self, run, request_same); },
              [](const caf::error&) { stop("a request"); });
}

/// A new context with a deadline for each round.
void ask_5s(client* self, case_run* run) {
  auto& scope = state_of(self).scope;
  scope.emplace(with_timeout(run->rt.background(), seconds(5)));
  ask_within(self, run, scope->ctx(), ask_5s);
}
/// One context with a deadline for all rounds.
void ask_in_one_context(client* self, case_run* run) {
  auto& scope = state_of(self).scope;
  if (!scope) scope.emplace(with_timeout(run->rt.background(), seconds(600)));
  ask_within(self, run, scope->ctx(), ask_in_one_context);
}

caf::behavior asking(client* self, case_run* run, round ask_all) {
  next(self, run, ask_all);
  return {[](int) {}};
}

/// Questions answered per second.
double measure(runtime& rt, const caf::actor& target, round ask_all, int open, int questions) {
  case_run run{rt, target, open, questions / open};
  const auto begin = rt.time().now();
  rt.system().spawn(asking, &run, ask_all);
  run.finished.wait(false);
  const double took = std::chrono::duration<double>(rt.time().now() - begin).count();
  return questions / open * open / took;
}

double median(std::vector<double> xs) {
  std::sort(xs.begin(), xs.end());
  return xs[xs.size() / 2];
}

struct case_kind {
  const char* name;
  round ask_all;
};
constexpr case_kind kinds[] = {{"request_infinite", request_infinite},
                               {"request_5s", request_5s},
                               {"request_same", request_same},
                               {"ask_5s", ask_5s},
                               {"ask_in_one_context", ask_in_one_context}};

/// The median over the rounds of the ratio of this kind's rate to the other's.
double ratio(const std::vector<double>& mine, const std::vector<double>& other) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < mine.size(); ++i) ratios.push_back(mine[i] / other[i]);
  return median(ratios);
}

void report(int open, const std::map<std::string, std::vector<double>>& rates) {
  for (const auto& [name, all] : rates)
    std::printf(R"({"name":"%s_%d","rate":%.0f})"
                "\n",
                name.c_str(), open, median(all));
  for (const auto* mine : {"ask_5s", "ask_in_one_context"})
    std::fprintf(stderr,
                 "%-20s %2d open: %4.0f %% of request(infinite), %4.0f %% of the same message's, "
                 "%.2f x request(5 s)\n",
                 mine, open, 100 * ratio(rates.at(mine), rates.at("request_infinite")),
                 100 * ratio(rates.at(mine), rates.at("request_same")),
                 ratio(rates.at(mine), rates.at("request_5s")));
}

}  // namespace

/// ask_bench [rounds] [questions] [workers] [kind]
///
/// Default: one worker, so that the rates show the cost of a request. With more, asker and answerer
/// run in parallel and CAF's scheduler decides how often each sleeps: rates then vary by half
/// between runs, for every kind of request.
int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 9;
  const int questions = argc > 2 ? std::atoi(argv[2]) : 200'000;
  runtime_options options;
  options.workers = argc > 3 ? static_cast<std::size_t>(std::atoi(argv[3])) : 1;
  const char* only = argc > 4 ? argv[4] : nullptr;
  runtime rt(options);
  const caf::actor target = rt.system().spawn(answering);
  for (const int open : {1, 10, 50}) {
    std::map<std::string, std::vector<double>> rates;
    for (int r = -1; r < rounds; ++r)  // the first warms up
      for (const auto& k : kinds) {
        if (only != nullptr && std::strcmp(only, k.name) != 0) continue;
        const double rate = measure(rt, target, k.ask_all, open, questions);
        if (r >= 0) rates[k.name].push_back(rate);
      }
    if (only == nullptr) report(open, rates);
  }
  exit_first(caf::actor_cast<caf::strong_actor_ptr>(target), caf::exit_reason::user_shutdown);
}
