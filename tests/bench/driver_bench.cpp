// The driver's own limit, against a server that does nothing: it must be far above a node's limit.
// Prints one line of JSON per case:
//
//   driver_closed     requests per second of 64 clients over loopback on one thread, with the
//   server
//                     on another
//   driver_per_core   the same per second of the driver's own processor time
//   driver_open       arrivals sent per second; the times are delays of sending

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>

#include "driver/load/load_ground_fixture.hpp"

namespace {

using namespace bank::driver;

const std::string answer =
    trivial_answerer::created(R"({"id":"0193b3a0-0000-8000-8000-000000000000"})");

lifeline::duration of_seconds(double s) {
  return lifeline::duration(static_cast<std::int64_t>(s * 1e9));
}

/// CPU time of this thread; the server has its own.
double cpu_seconds() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

void print(const char* name, double rate, const histogram& times) {
  std::printf("{\"name\":\"%s\",\"rate\":%.0f,\"p50_ms\":%.3f,\"p99_ms\":%.3f}\n", name, rate,
              times.percentile_ms(0.5), times.percentile_ms(0.99));
}

}  // namespace

int main(int argc, char** argv) {
  double seconds = 3;
  std::size_t clients = 64;
  double rate = 10'000;
  CLI::App app("Measures the driver against a trivial answerer");
  app.add_option("--seconds", seconds, "Seconds to measure");
  app.add_option("--clients", clients, "Clients of the closed load");
  app.add_option("--rate", rate, "Arrivals per second of the open load");
  CLI11_PARSE(app, argc, argv);

  const trivial_answerer server([](std::string_view) { return answer; });
  load_on_answerer closed(server.port(), only(operation::transfer));
  const double cpu_before = cpu_seconds();
  closed.closed(clients, of_seconds(seconds));
  const double cpu = cpu_seconds() - cpu_before;
  load_on_answerer open(server.port(), only(operation::transfer), 2);
  open.open({{{rate, rate, of_seconds(seconds)}}, false}, of_seconds(seconds));

  const auto answers = static_cast<double>(closed.numbers.answers);
  print("driver_closed", answers / seconds, closed.numbers.of(operation::transfer).uncorrected);
  print("driver_per_core", answers / cpu, {});
  print("driver_open", static_cast<double>(open.numbers.sent) / seconds, open.numbers.lateness);
  return closed.numbers.errors == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
