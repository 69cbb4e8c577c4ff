#include "bank/api/auth/authenticator.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <functional>
#include <future>
#include <thread>
#include <utility>

#include "lifeline/time/manual_clock.hpp"

namespace bank::api {
namespace {

/// A clock that does something just before it is next armed: between the failed look-up in the
/// cache and the query to the store.
class hooked_clock final : public lifeline::clock {
 public:
  lifeline::time_point now() const noexcept override { return time_.now(); }
  lifeline::wall_time wall_now() const noexcept override { return time_.wall_now(); }
  void arm(lifeline::timer& t, lifeline::time_point due, lifeline::time_point now) override {
    if (const auto f = std::exchange(before_next_, nullptr)) f();
    time_.arm(t, due, now);
  }
  void disarm(lifeline::timer& t) noexcept override { time_.disarm(t); }
  void post(std::function<void()> task) override { time_.post(std::move(task)); }

  std::function<void()> before_next_;

 private:
  lifeline::manual_clock time_;
};

/// Knows one token, and answers only when the test lets it.
class one_token final : public storage::token_store {
 public:
  template <class T>
  using result = lifeline::ledger::result<T>;
  using record = storage::token_record;

  result<void> add(const lifeline::context&, const record&) override { return {}; }
  result<std::optional<record>> find(const lifeline::context&, std::string_view h) override {
    ++asked;
    released.wait();
    return std::optional(record{"id", std::string(h), storage::role::auditor, "ann", {}, {}, {}});
  }
  result<std::vector<record>> list(const lifeline::context&) override {
    return std::vector<record>();
  }
  result<bool> revoke(const lifeline::context&, std::string_view, lifeline::wall_time) override {
    return false;
  }
  std::atomic<int> asked{0};
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
};

TEST(an_authenticator, queries_once_if_an_answer_arrives_just_before_the_next_query) {
  hooked_clock time;
  one_token tokens;
  running_calls calls;
  lifeline::runtime rt({.workers = 1}, time);
  authenticator auth(rt, tokens, calls, nullptr, std::chrono::seconds(2), {});
  boost::asio::io_context io;
  int let_in = 0;
  const auto show = [&]() -> boost::asio::awaitable<void> {
    const auto found = co_await auth.look_up(io, rt.background(), "bank_secret");
    let_in += found && found->caller ? 1 : 0;
  };
  const auto poll = [&] {
    io.restart();
    io.poll();
  };
  boost::asio::co_spawn(io, show(), boost::asio::detached);
  poll();
  while (tokens.asked == 0) std::this_thread::yield();
  time.before_next_ = [&] {
    tokens.release.set_value();
    while (!calls.names().empty()) std::this_thread::yield();
  };
  boost::asio::co_spawn(io, show(), boost::asio::detached);
  while (let_in < 2) poll();
  EXPECT_FALSE(time.before_next_) << "the answer arrived in between";
  EXPECT_EQ(tokens.asked, 1);
}

}  // namespace
}  // namespace bank::api
