#include <gtest/gtest.h>

#include <mutex>
#include <set>

#include "driver/load/load_ground_fixture.hpp"

namespace bank::driver {
namespace {

using namespace std::chrono_literals;

/// Records requests and answers all with 201.
class recorder {
 public:
  std::string operator()(std::string_view request) {
    const std::scoped_lock lock(mutex_);
    const std::string_view target = request.substr(0, request.find(" HTTP/"));
    const std::string_view rest = request.substr(request.find("Authorization:"));
    all_.insert(std::string(target).append(rest));  // without the port in Host
    return trivial_answerer::created(R"({"id":"0193b3a0-0000-8000-8000-000000000000"})");
  }
  std::multiset<std::string> all() {
    const std::scoped_lock lock(mutex_);
    return all_;
  }

 private:
  std::mutex mutex_;
  std::multiset<std::string> all_;
};

/// The requests of an open phase of a few hundred arrivals.
std::multiset<std::string> requests_of(std::uint64_t seed) {
  recorder seen;
  const trivial_answerer server([&](std::string_view r) { return seen(r); });
  operation_mix mix;
  for (const operation o : {operation::transfer, operation::balance, operation::pending_then_void,
                            operation::reverse, operation::repeat})
    mix.weight(o) = 1;
  load_on_answerer load(server.port(), mix, seed);
  load.timing.late_after = 1h;
  load.open({{{1'000, 1'000, 300ms}}, false}, 300ms);
  return seen.all();
}

TEST(phase_run, sends_the_same_requests_for_the_same_seed) {
  const auto first = requests_of(5);
  EXPECT_GE(first.size(), 300U);
  EXPECT_EQ(first, requests_of(5));
  EXPECT_NE(first, requests_of(6));
}

TEST(phase_run, open_sends_every_arrival_though_answers_are_awaited) {
  const trivial_answerer server([](std::string_view) { return trivial_answerer::created("{}"); });
  load_on_answerer load(server.port(), only(operation::transfer));
  load.timing.late_after = 1h;
  load.open({{{2'000, 2'000, 200ms}}, false}, 200ms);
  EXPECT_EQ(load.numbers.intended, 400U);
  EXPECT_EQ(load.numbers.sent, 400U);
  EXPECT_EQ(load.numbers.missed, 0U);
  EXPECT_EQ(load.numbers.transfers, 400U);
  EXPECT_EQ(server.requests(), 400U);
}

TEST(phase_run, open_counts_as_missed_what_no_client_is_free_for) {
  // No request is answered.
  const trivial_answerer server([](std::string_view) { return std::string(" "); });
  load_on_answerer load(server.port(), only(operation::transfer));
  load.timing.connections = 3;
  load.timing.timeout = 100ms;
  load.timing.late_after = 10ms;
  load.open({{{500, 500, 200ms}}, false}, 200ms);
  EXPECT_EQ(load.numbers.intended, 100U);
  EXPECT_EQ(load.numbers.sent + load.numbers.missed, 100U);
  EXPECT_GT(load.numbers.missed, 50U);
  EXPECT_EQ(load.numbers.codes.at("no_answer_in_time"), load.numbers.sent);
  EXPECT_EQ(load.sees.money().unknown_outcomes(), load.numbers.sent);
}

TEST(phase_run, closed_keeps_one_request_of_each_client_in_flight) {
  const trivial_answerer server([](std::string_view) { return trivial_answerer::created("{}"); });
  load_on_answerer load(server.port(), only(operation::transfer));
  load.closed(5, 50ms);
  EXPECT_GT(load.numbers.answers, 5U);
  EXPECT_EQ(load.numbers.answers, server.requests());
  EXPECT_EQ(load.numbers.errors, 0U);
}

TEST(bank_client, counts_what_was_never_sent_as_nothing_done) {
  load_on_answerer load(1, only(operation::transfer));
  load.closed(2, 30ms);
  EXPECT_GT(load.numbers.errors, 0U);
  EXPECT_EQ(load.numbers.codes.at("no_connection"), load.numbers.errors);
  EXPECT_EQ(load.sees.money().unknown_outcomes(), 0U);
}

TEST(bank_client, does_not_know_what_became_of_a_request_whose_connection_broke) {
  const trivial_answerer server([](std::string_view) { return std::string(); });
  load_on_answerer load(server.port(), only(operation::transfer));
  load.closed(2, 30ms);
  EXPECT_GT(load.numbers.errors, 0U);
  EXPECT_EQ(load.sees.money().unknown_outcomes(), load.numbers.codes.at("connection_lost"));
}

TEST(bank_client, hangs_up_midway_and_calls_that_no_error) {
  const trivial_answerer server([](std::string_view) { return std::string(" "); });
  load_on_answerer load(server.port(), only(operation::cancel_midway));
  load.closed(2, 30ms);
  EXPECT_GT(load.numbers.codes.at("hung_up"), 0U);
  EXPECT_EQ(load.numbers.errors, 0U);
  EXPECT_EQ(load.sees.money().unknown_outcomes(), load.numbers.answers);
}

}  // namespace
}  // namespace bank::driver
