#pragma once

#include <boost/asio/co_spawn.hpp>
#include <vector>

#include "driver/load/http_door.hpp"
#include "driver/load/phase_run.hpp"
#include "driver/load/trivial_answerer.hpp"

namespace bank::driver {

/// A load against a trivial server instead of a node, without checks.
struct load_on_answerer {
  load_on_answerer(std::uint16_t port, const operation_mix& mix, std::uint64_t seed = 1)
      : plan(seed, 100, {}, mix, {1, 100}, {{2, 5}, false}),
        client(*http_client::make(io, {"127.0.0.1", port}, "token")),
        write(client, "USD", ids(plan)),
        sees(money_checker(100, 0, 1), std::nullopt, std::nullopt),
        ground{io,
               timing,
               batch,
               sees,
               [this] {
                 const http_door::place p{write, counted, timing.timeout};
                 return std::make_unique<http_door>(p);
               },
               [this](const sample& s) { numbers.add(s); }} {}

  static std::vector<lifeline::ledger::uuid> ids(const request_plan& plan) {
    std::vector<lifeline::ledger::uuid> all;
    for (std::size_t i = 0; i < 100; ++i) all.push_back(plan.account_id(i));
    return all;
  }

  /// Runs a phase to its end.
  template <class Run>
  void run(Run how) {
    phase_run phase(ground, plan, 1 << 20, numbers);
    asio::co_spawn(io, how(phase), [](const std::exception_ptr& error) {
      if (error) std::rethrow_exception(error);
    });
    io.run();
    io.restart();
  }
  void closed(std::size_t clients, lifeline::duration length) {
    const closed_load load{clients, {}};
    run([&](phase_run& p) { return p.run_closed(load, length); });
  }
  void open(const arrival_profile& profile, lifeline::duration length) {
    run([&](phase_run& p) { return p.run_open(profile, 1, length); });
  }

  asio::io_context io{1};
  request_plan plan;
  http_client client;
  request_writer write;
  client_timing timing;
  witness sees;
  traffic counted;
  measures numbers;
  batch_settings batch{{2, 5}, false};
  load_ground ground;
};

inline operation_mix only(operation o) {
  operation_mix mix;
  mix.weight(o) = 1;
  return mix;
}

}  // namespace bank::driver
