#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "bank/api/http/answer.hpp"
#include "bank/api/http/body_decoder.hpp"
#include "bank/api/http/head_scanner.hpp"
#include "bank/api/http/problem.hpp"
#include "bank/api/http/request.hpp"
#include "bank/api/routes/router.hpp"
#include "bank/api/server/request_context.hpp"
#include "bank/api/server/request_life.hpp"
#include "lifeline/observe/trace_parent.hpp"

namespace bank::api {

class io_worker;

/// During a stop: how long an open connection without a request is waited for.
inline constexpr std::chrono::milliseconds quiet_time{250};

/// A client's connection: a coroutine that reads a request, answers it and reads the next. Belongs
/// to its worker's thread. A read is always pending, so a hang-up is seen while a handler runs;
/// other bytes are kept for the next request.
class connection : public std::enable_shared_from_this<connection> {
 public:
  /// `refused`: the client only gets 503, because there are too many connections.
  connection(io_worker& worker, boost::asio::ip::tcp::socket socket, bool refused);
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection();

  void start();
  /// Ends what has timed out.
  void sweep(lifeline::time_point now, lifeline::wall_time wall);
  bool needs_sweep(lifeline::time_point now) const noexcept;
  /// The node stops: without a request for `quiet_time`, the stop no longer waits for this
  /// connection.
  void stop_when_quiet();
  /// Cancels the request; an incomplete one is not waited for.
  void cut_short();
  /// Closes it at once.
  void close();

 private:
  enum class phase : std::uint8_t { idle, head, body, handling, writing, lingering, closed };
  enum class arrival : std::uint8_t { bytes, ended, too_late };

  /// `self` keeps the connection alive while this runs.
  static boost::asio::awaitable<void> run(std::shared_ptr<connection> self);
  boost::asio::awaitable<bool> serve_one();
  boost::asio::awaitable<bool> read_head();
  boost::asio::awaitable<bool> admit_body();
  boost::asio::awaitable<bool> read_body();
  boost::asio::awaitable<bool> serve_request();
  boost::asio::awaitable<arrival> more(std::size_t known);
  boost::asio::awaitable<void> stream_out();
  boost::asio::awaitable<void> flush();
  boost::asio::awaitable<void> linger();

  void enter(phase p, lifeline::duration limit);
  bool try_flush();
  bool refuse(const problem& p);
  void say_goodbye();
  void write_answer(bool keep_alive);
  void log_answer(lifeline::time_point began, const identity* caller, const route* at);
  void begin_trace(request_context& x, lifeline::trace_state& standing);
  bool may_exceed_body_limit() const;
  std::optional<problem> reserve_body_quota(std::uint64_t bytes);
  void drop_body();
  body_decoder decoder_for_request() const;
  bool take_request_id();
  void pump();
  void readable(boost::system::error_code ec);
  void resume();
  std::string_view unparsed() const noexcept;

  class line;

  struct waiter {
    virtual ~waiter() = default;
    virtual void complete() = 0;
  };
  template <class Handler>
  struct typed_waiter final : waiter {
    explicit typed_waiter(Handler h) : handler(std::move(h)) {}
    void complete() override { std::move(handler)(); }
    Handler handler;
  };

  io_worker& worker_;
  boost::asio::ip::tcp::socket socket_;
  const bool refused_;
  phase phase_ = phase::idle;
  lifeline::time_point deadline_ = lifeline::time_point::max();
  bool too_late_ = false;
  bool counted_ = false;  ///< a stop waits for it

  // Received bytes go to `unparsed_`. An idle connection has no buffer of its own.
  boost::beast::flat_buffer unparsed_;
  bool reading_ = false;
  bool ended_ = false;   ///< nothing more can be read
  bool broken_ = false;  ///< nothing more can be written
  std::unique_ptr<waiter> waiting_;
  std::function<void()> stream_hears_;  ///< after each read, while a stream runs

  std::string address_;  ///< of the client, as in rate limits

  // The current request.
  request request_;
  std::size_t body_limit_ = 0;
  std::string bulk_caller_;                 ///< sender of a large body
  std::shared_ptr<const void> body_quota_;  ///< its part of the quota
  bool admitted_ = false;                   ///< by rate, before its body is read
  std::string request_id_;
  answer answer_;
  request_life life_;
  token_memo memo_;
  lifeline::trace_parent trace_;  ///< the request's place in its trace, if there is a watch

  std::string out_;  ///< unwritten answers
  std::size_t written_ = 0;
};

}  // namespace bank::api
