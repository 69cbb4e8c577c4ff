#include "lifeline/context/bind_cancellation.hpp"

#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <array>
#include <exception>
#include <memory_resource>
#include <optional>
#include <thread>

namespace lifeline {
namespace {

namespace asio = boost::asio;
using asio::local::stream_protocol;
using boost::system::error_code;

class bound_to_a_context : public ::testing::Test {
 protected:
  bound_to_a_context() { asio::local::connect_pair(near, far); }

  /// Records a completed operation's error; empty while it waits.
  static auto noting(std::optional<error_code>& result) {
    return [&result](error_code e, auto&&...) { result = e; };
  }

  asio::io_context io{1};
  asio::steady_timer timer{io, std::chrono::hours(1)};
  stream_protocol::socket near{io};
  stream_protocol::socket far{io};
  std::array<char, 8> bytes{};
  cancel_scope scope = with_cancel(background());
  std::optional<error_code> said;
};

TEST_F(bound_to_a_context, a_timer_ends_with_it) {
  timer.async_wait(bind_cancellation(scope.ctx(), noting(said)));
  io.poll();
  EXPECT_FALSE(said);
  scope.cancel();
  EXPECT_FALSE(said) << "not inside cancel()";
  io.run();
  EXPECT_EQ(said, asio::error::operation_aborted);
}

TEST_F(bound_to_a_context, a_read_ends_with_it_though_the_peer_is_silent) {
  near.async_read_some(asio::buffer(bytes), bind_cancellation(scope.ctx(), noting(said)));
  io.poll();
  scope.cancel();
  io.run();
  EXPECT_EQ(said, asio::error::operation_aborted);
}

TEST_F(bound_to_a_context, a_composed_read_ends_with_it_in_the_middle) {
  asio::async_read(near, asio::buffer(bytes), bind_cancellation(scope.ctx(), noting(said)));
  far.write_some(asio::buffer("abc", 3));
  io.poll();
  EXPECT_FALSE(said);
  scope.cancel();
  io.run();
  EXPECT_EQ(said, asio::error::operation_aborted);
  EXPECT_EQ(bytes[2], 'c');
}

TEST_F(bound_to_a_context, an_operation_ends_at_once_if_it_had_ended_before) {
  scope.cancel();
  timer.async_wait(bind_cancellation(scope.ctx(), noting(said)));
  EXPECT_FALSE(said) << "not inside the call";
  io.run();
  EXPECT_EQ(said, asio::error::operation_aborted);
}

TEST_F(bound_to_a_context, an_operation_that_is_over_leaves_nothing_behind) {
  const auto held = std::make_shared<int>();
  timer.expires_after(std::chrono::seconds(0));
  for (int i = 0; i < 100; ++i)
    timer.async_wait(bind_cancellation(scope.ctx(), [held, this](error_code e) { said = e; }));
  io.run();
  EXPECT_EQ(said, error_code());
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_FALSE(scope.ctx().node().has_dependents());
  scope.cancel();
  io.restart();
  EXPECT_EQ(io.run(), 0U);
}

TEST_F(bound_to_a_context, an_operation_may_be_forgotten_with_its_executor) {
  {
    asio::io_context short_lived;
    asio::steady_timer t(short_lived, std::chrono::hours(1));
    t.async_wait(bind_cancellation(scope.ctx(), noting(said)));
  }
  EXPECT_FALSE(scope.ctx().node().has_dependents());
  scope.cancel();
  EXPECT_FALSE(said);
}

asio::awaitable<void> waiting(context ctx, asio::steady_timer& timer,
                              std::optional<error_code>& said, bool& went_on) {
  error_code e;
  co_await timer.async_wait(
      bind_cancellation(std::move(ctx), asio::redirect_error(asio::use_awaitable, e)));
  said = e;
  const auto state = co_await asio::this_coro::cancellation_state;
  went_on = state.cancelled() == asio::cancellation_type::none;
}

TEST_F(bound_to_a_context, a_coroutine_sees_the_cancellation_and_goes_on) {
  bool went_on = false;
  asio::co_spawn(io, waiting(scope.ctx(), timer, said, went_on), asio::detached);
  io.poll();
  scope.cancel();
  io.run();
  EXPECT_EQ(said, asio::error::operation_aborted);
  EXPECT_TRUE(went_on) << "the operation was cancelled, not the coroutine";
}

TEST_F(bound_to_a_context, a_coroutine_can_still_be_cancelled_from_outside) {
  bool went_on = true;
  asio::cancellation_signal outside;
  asio::co_spawn(io, waiting(scope.ctx(), timer, said, went_on),
                 asio::bind_cancellation_slot(outside.slot(), asio::detached));
  io.poll();
  outside.emit(asio::cancellation_type::terminal);
  io.run();
  EXPECT_EQ(said, asio::error::operation_aborted);
  EXPECT_FALSE(went_on);
  EXPECT_FALSE(scope.ctx().node().has_dependents());
}

asio::awaitable<void> working(asio::steady_timer& timer, std::optional<error_code>& said) {
  error_code e;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, e));
  said = e;
  co_await timer.async_wait(asio::use_awaitable);  // throws: the coroutine was cancelled
  ADD_FAILURE() << "went on";
}

TEST_F(bound_to_a_context, a_whole_coroutine_ends_with_it) {
  bool ended = false;
  asio::co_spawn(
      io, working(timer, said),
      bind_cancellation(scope.ctx(), [&](const std::exception_ptr& e) { ended = e != nullptr; }));
  io.poll();
  scope.cancel();
  io.run();
  EXPECT_EQ(said, asio::error::operation_aborted);
  EXPECT_TRUE(ended);
}

TEST_F(bound_to_a_context, a_coroutine_may_be_forgotten_with_its_executor) {
  bool went_on = false;
  {
    asio::io_context short_lived;
    asio::steady_timer t(short_lived, std::chrono::hours(1));
    asio::co_spawn(short_lived, waiting(scope.ctx(), t, said, went_on), asio::detached);
    short_lived.poll();
    EXPECT_TRUE(scope.ctx().node().has_dependents());
  }
  EXPECT_FALSE(scope.ctx().node().has_dependents());
  EXPECT_FALSE(said);
}

TEST_F(bound_to_a_context, a_handlers_own_slot_still_works) {
  asio::cancellation_signal own;
  timer.async_wait(
      bind_cancellation(scope.ctx(), asio::bind_cancellation_slot(own.slot(), noting(said))));
  own.emit(asio::cancellation_type::total);
  io.run();
  EXPECT_EQ(said, asio::error::operation_aborted);
  EXPECT_FALSE(own.slot().has_handler());
}

TEST_F(bound_to_a_context, a_handler_keeps_its_executor_and_its_allocator) {
  asio::io_context elsewhere;
  std::array<std::byte, 4'096> storage{};
  std::pmr::monotonic_buffer_resource memory(storage.data(), storage.size(),
                                             std::pmr::null_memory_resource());
  const auto handler = asio::bind_executor(
      elsewhere,
      asio::bind_allocator(std::pmr::polymorphic_allocator<char>(&memory), noting(said)));
  void* const before = memory.allocate(1, 1);
  timer.async_wait(bind_cancellation(scope.ctx(), handler));
  void* const after = memory.allocate(1, 1);
  EXPECT_GT(static_cast<std::byte*>(after) - static_cast<std::byte*>(before), 1);
  scope.cancel();
  io.poll();
  EXPECT_FALSE(said);
  elsewhere.poll();  // cancels
  io.poll();         // the timer gives up
  EXPECT_FALSE(said);
  elsewhere.poll();
  EXPECT_EQ(said, asio::error::operation_aborted);
}

TEST_F(bound_to_a_context, a_future_and_a_deferred_operation_end_with_it) {
  auto future = timer.async_wait(bind_cancellation(scope.ctx(), asio::use_future));
  auto later = timer.async_wait(bind_cancellation(scope.ctx(), asio::deferred));
  std::move(later)(noting(said));
  scope.cancel();
  io.run();
  EXPECT_EQ(said, asio::error::operation_aborted);
  EXPECT_THROW(future.get(), boost::system::system_error);
}

TEST_F(bound_to_a_context, operations_end_when_another_thread_cancels_and_never_twice) {
  for (int round = 0; round < 300; ++round) {
    auto life = with_cancel(background());
    asio::steady_timer quick(io, std::chrono::microseconds(round % 50));
    int completed = 0;
    for (int i = 0; i < 4; ++i)
      quick.async_wait(bind_cancellation(life.ctx(), [&](error_code) { ++completed; }));
    std::thread canceller([&] { life.cancel(); });
    io.restart();
    io.run();
    canceller.join();
    io.restart();
    io.run();
    EXPECT_EQ(completed, 4);
  }
}

}  // namespace
}  // namespace lifeline
