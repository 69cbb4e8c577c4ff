#include "lifeline/actor/asio_port.hpp"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>

#include "actor/actor_fixture.hpp"
#include "lifeline/actor/runtime.hpp"
#include "random_seed.hpp"

namespace lifeline {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::answer;
using testing::answer_all;
using testing::outcome;
using testing::question;

/// A coroutine's and an actor's side on one thread.
class an_asio_port : public testing::actor_fixture {
 protected:
  ~an_asio_port() override { port.reset(); }

  void run_both() {
    for (int i = 0; i < 5; ++i) {
      run();
      io.restart();
      io.poll();
    }
  }

  asio::awaitable<void> ask_once(context wait, context ctx, caf::actor target) {
    const auto got = co_await port->ask<answer>(wait, target, ctx, question{1});
    if (got) {
      out.answers.push_back(got->number);
    } else {
      out.errors.push_back(got.error());
    }
  }

  void start_ask(const context& ctx, const caf::actor& target) { start_ask(ctx, ctx, target); }
  void start_ask(const context& wait, const context& ctx, const caf::actor& target) {
    asio::co_spawn(io, ask_once(wait, ctx, target), asio::detached);
    run_both();
  }

  asio::io_context io;
  std::optional<asio_port> port{std::in_place, system, io};
  outcome out;
};

TEST_F(an_asio_port, gives_a_coroutine_an_actors_answer) {
  const auto target = spawn_keeper();
  start_ask(root, target);
  EXPECT_EQ(out.count(), 0U);
  tell_from_outside(target, answer_all{42});
  run_both();
  EXPECT_EQ(out.answers, std::vector{42});
}

TEST_F(an_asio_port, ends_the_wait_with_the_context_and_drops_a_late_answer) {
  auto scope = with_cancel(root);
  const auto target = spawn_keeper();
  start_ask(scope.ctx(), target);
  scope.cancel();
  EXPECT_EQ(out.count(), 0U) << "nothing runs on the canceller's thread";
  run_both();
  EXPECT_EQ(out.errors, std::vector{errc::canceled});
  tell_from_outside(target, answer_all{42});
  run_both();
  EXPECT_EQ(out.count(), 1U);
}

TEST_F(an_asio_port, ends_the_wait_at_the_deadline) {
  const auto scope = with_timeout(root, seconds(1));
  const auto target = spawn_keeper();
  start_ask(scope.ctx(), target);
  time.advance(seconds(1));
  run_both();
  EXPECT_EQ(out.errors, std::vector{errc::deadline_exceeded});
}

TEST_F(an_asio_port, sends_nothing_within_a_done_context) {
  auto scope = with_cancel(root);
  scope.cancel();
  int asked = 0;
  const auto target = spawn([&](caf::event_based_actor*) -> caf::behavior {
    return {[&](const context&, const question&) { ++asked; }};
  });
  start_ask(scope.ctx(), target);
  EXPECT_EQ(out.errors, std::vector{errc::canceled});
  EXPECT_EQ(asked, 0);
}

TEST_F(an_asio_port, waits_for_the_targets_own_error_if_told_to_wait_longer) {
  const auto target = spawn([&](caf::event_based_actor* self) -> caf::behavior {
    return {shed(self, losses, [](const context&, const question&) { return answer{1}; })};
  });
  auto request = with_cancel(root);
  request.cancel();
  start_ask(root, request.ctx(), target);
  EXPECT_EQ(out.errors, std::vector{errc::canceled});
  EXPECT_EQ(losses.read().cancelled, 1U) << "the target said so";
}

/// CAF bounces a request to a dead actor to a companion, under the answer's number.
TEST_F(an_asio_port, fails_if_the_target_is_dead) {
  const auto target = spawn_keeper();
  end(target);
  start_ask(root, target);
  EXPECT_EQ(out.errors, std::vector{errc::unreachable});
}

TEST_F(an_asio_port, fails_if_the_target_dies_with_the_request_in_its_mailbox) {
  const auto target = spawn_keeper();
  asio::co_spawn(io, ask_once(root, root, target), asio::detached);
  io.poll();
  end(target);
  run_both();
  EXPECT_EQ(out.errors, std::vector{errc::unreachable});
}

TEST_F(an_asio_port, fails_if_the_target_dies_while_it_holds_the_reply) {
  const auto target = spawn_keeper();
  start_ask(root, target);
  end(target);
  run_both();
  EXPECT_EQ(out.errors, std::vector{errc::broken_promise});
}

TEST_F(an_asio_port, fails_for_a_null_target) {
  start_ask(root, caf::actor());
  EXPECT_EQ(out.errors, std::vector{errc::unreachable});
}

TEST_F(an_asio_port, reports_an_answer_of_another_type_as_a_broken_promise) {
  const auto target = spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](const context&, const question&) { return std::string("42"); }};
  });
  start_ask(root, target);
  EXPECT_EQ(out.errors, std::vector{errc::broken_promise});
}

TEST_F(an_asio_port, ignores_messages_that_are_not_answers) {
  caf::strong_actor_ptr companion;
  const auto target = spawn([&](caf::event_based_actor* self) -> caf::behavior {
    return {[&, self](const context&, const question&) -> caf::result<answer> {
      companion = self->current_sender();
      // A request with the number of the open ask; a tell; an exit.
      put(companion, self->ctrl(), caf::make_message_id(1), nullptr, answer{13});
      put(companion, self->ctrl(), caf::make_message_id(), nullptr, answer{13});
      exit_first(companion, caf::exit_reason::kill);
      return answer{42};
    }};
  });
  start_ask(root, target);
  EXPECT_EQ(out.answers, std::vector{42});
  start_ask(root, target);
  EXPECT_EQ(out.answers, (std::vector{42, 42}));
}

TEST_F(an_asio_port, keeps_many_asks_apart) {
  const auto first = spawn_keeper();
  const auto second = spawn_keeper();
  for (int i = 0; i < 100; ++i) start_ask(root, i % 2 == 0 ? first : second);
  tell_from_outside(second, answer_all{2});
  run_both();
  EXPECT_EQ(out.answers, std::vector<int>(50, 2));
  end(first);
  run_both();
  EXPECT_EQ(out.errors, std::vector<errc>(50, errc::broken_promise));
}

TEST_F(an_asio_port, that_is_destroyed_unwinds_waiting_coroutines) {
  const auto held = std::make_shared<int>();
  auto scope = with_cancel(root);
  const auto target = spawn_keeper();
  asio::co_spawn(
      io,
      [&, held]() -> asio::awaitable<void> {
        const auto inner = with_cancel(scope.ctx());
        co_await port->ask<answer>(inner.ctx(), target, question{1});
        ADD_FAILURE() << "went on";
      },
      asio::detached);
  run_both();
  tell_from_outside(target, answer_all{1});
  run();  // the answer waits for the io thread
  port.reset();
  scope.cancel();
  run_both();
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(an_asio_port, may_be_owned_by_the_coroutine_that_asks) {
  const auto target = spawn_keeper();
  int got = 0;
  asio::co_spawn(
      io,
      [&]() -> asio::awaitable<void> {
        asio_port own(system, io);
        const auto first = co_await own.ask<answer>(root, target, question{1});
        got = first->number;
      },
      asio::detached);
  start_ask(root, target);
  tell_from_outside(target, answer_all{42});
  run_both();
  EXPECT_EQ(got, 42);
}

TEST_F(an_asio_port, delivers_the_other_answers_though_one_coroutine_throws) {
  const auto target = spawn_keeper();
  const auto throwing = [](std::exception_ptr e) {
    if (e) std::rethrow_exception(e);
  };
  for (int i = 0; i < 3; ++i)
    asio::co_spawn(
        io,
        [&]() -> asio::awaitable<void> {
          co_await ask_once(root, root, target);
          throw std::runtime_error("thrown");
        },
        throwing);
  run_both();
  tell_from_outside(target, answer_all{1});
  run();
  io.restart();
  EXPECT_ANY_THROW(io.poll());
  EXPECT_EQ(out.answers, std::vector<int>(3, 1));
}

// -- with threads
// -----------------------------------------------------------------------------------

TEST(asio_ports, of_several_threads_ask_while_contexts_end_and_actors_answer) {
  const std::uint64_t seed = testing::random_seed();
  loss losses;
  runtime rt({.workers = 2, .throughput = 64, .lanes = {}});
  auto echo = rt.system().spawn([&](caf::event_based_actor* self) -> caf::behavior {
    return {shed(self, losses, [](const context&, const question& q) { return answer{q.number}; })};
  });
  auto mute = rt.system().spawn(testing::keeper, &losses);
  std::atomic<int> answered{0};
  std::atomic<int> ended{0};
  const auto client = [&](std::uint64_t number) {
    std::mt19937_64 random(seed + number);
    asio::io_context io;
    asio_port port(rt.system(), io);
    for (int c = 0; c < 8; ++c)
      asio::co_spawn(
          io,
          [&]() -> asio::awaitable<void> {
            for (int i = 0; i < 100; ++i) {
              const auto scope = with_timeout(rt.background(), milliseconds(random() % 4));
              const bool loud = random() % 8 != 0;
              const auto got =
                  co_await port.ask<answer>(scope.ctx(), loud ? echo : mute, question{i});
              if (got) {
                EXPECT_EQ(got->number, i);
                ++answered;
              } else {
                EXPECT_EQ(got.error(), errc::deadline_exceeded);
                ++ended;
              }
            }
          },
          asio::detached);
    io.run();
  };
  std::thread first(client, 1);
  std::thread second(client, 2);
  first.join();
  second.join();
  EXPECT_EQ(answered + ended, 2 * 8 * 100);
  for (auto* a : {&echo, &mute}) {
    exit_first(caf::actor_cast<caf::strong_actor_ptr>(*a), caf::exit_reason::user_shutdown);
    *a = nullptr;
  }
  rt.system().await_all_actors_done();  // `losses` goes before the runtime
}

}  // namespace
}  // namespace lifeline
