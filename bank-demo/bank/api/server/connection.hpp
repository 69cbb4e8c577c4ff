#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "bank/api/http/answer.hpp"
#include "bank/api/http/body_decoder.hpp"
#include "bank/api/http/head_scanner.hpp"
#include "bank/api/http/problem.hpp"
#include "bank/api/http/request.hpp"
#include "bank/api/routes/router.hpp"
#include "bank/api/server/request_context.hpp"
#include "bank/api/server/request_life.hpp"
#include "lifeline/guards/memory_budget.hpp"
#include "lifeline/observe/trace_parent.hpp"

namespace bank::api {

class io_worker;

/// During a stop: how long an open connection without a request is waited for.
inline constexpr std::chrono::milliseconds quiet_time{250};
/// Bytes that a connection may have received, or not sent, beyond the budget of memory.
inline constexpr std::size_t free_memory = 8 * 1024;

/// A client's connection: a coroutine that reads a request, answers it and reads the next. Belongs
/// to its worker's thread. A read is pending while there is room to read ahead, so a hang-up is
/// seen while a handler runs; other bytes are kept for the next request.
class connection : public std::enable_shared_from_this<connection> {
 public:
  connection(io_worker& worker, boost::asio::ip::tcp::socket socket);
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection();

  /// Not `admitted`: it is one beyond the limits, for one request of a probe or an admin.
  void start(bool admitted);
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
  /// Goes on with a request that waits for its address's turn.
  void take_turn() noexcept;

  /// Of the client, as in rate limits.
  const std::string& address() const noexcept { return address_; }
  /// How many connections its address had when it came, itself included.
  std::size_t of_its_address() const noexcept { return of_its_address_; }
  /// Since when it has done nothing, so that it may be closed to make room for another. Empty while
  /// the node works for it, or its client has sent or read something lately.
  std::optional<lifeline::time_point> quiet_since(lifeline::time_point now) const noexcept;

 private:
  enum class phase : std::uint8_t { idle, head, body, turn, handling, writing, lingering, closed };
  enum class arrival : std::uint8_t { bytes, ended, too_late };

  /// `self` keeps the connection alive while this runs.
  static boost::asio::awaitable<void> run(std::shared_ptr<connection> self);
  boost::asio::awaitable<bool> serve_one();
  boost::asio::awaitable<bool> read_head();
  boost::asio::awaitable<bool> await_turn();
  boost::asio::awaitable<bool> admit_body();
  boost::asio::awaitable<bool> read_body();
  boost::asio::awaitable<bool> serve_request();
  boost::asio::awaitable<arrival> more(std::size_t known);
  boost::asio::awaitable<void> resumed();
  boost::asio::awaitable<void> give_way();
  boost::asio::awaitable<void> stream_out();
  boost::asio::awaitable<void> flush();
  boost::asio::awaitable<void> linger();

  void enter(phase p, lifeline::duration limit);
  bool try_flush();
  bool client_reads();
  bool refuse(const problem& p);
  void say_goodbye();
  void write_answer(bool keep_alive);
  void log_answer(lifeline::time_point began, const identity* caller, const route* at);
  void begin_trace(request_context& x, lifeline::trace_state& standing);
  bool may_exceed_body_limit() const;
  std::optional<problem> reserve_bulk_memory(std::uint64_t bytes);
  bool may_receive(std::size_t bytes);
  void forget_received();
  bool may_send(std::size_t bytes);
  void count_caller(const request_context& x);
  bool is_anonymous();
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
  bool in_reserve_ = false;
  phase phase_ = phase::idle;
  lifeline::time_point deadline_ = lifeline::time_point::max();
  lifeline::time_point moved_ = lifeline::time_point::max();  ///< last progress; max: none yet
  bool too_late_ = false;
  bool counted_ = false;  ///< a stop waits for it

  // Received bytes go to `unparsed_`. An idle connection has no buffer of its own.
  boost::beast::flat_buffer unparsed_;
  bool reading_ = false;
  bool ended_ = false;   ///< nothing more can be read
  bool broken_ = false;  ///< nothing more can be written
  std::unique_ptr<waiter> waiting_;
  std::function<void()> stream_hears_;  ///< after each read, while a stream runs

  const std::string address_;
  const std::size_t of_its_address_;
  std::string caller_;  ///< of the last request with a valid token: counted for it
  bool too_many_of_caller_ = false;
  bool in_line_ = false;          ///< for its address's turn
  bool anonymous_ = false;        ///< the request has no token that is known to be valid
  std::size_t at_a_stretch_ = 0;  ///< requests served without giving way to other connections

  // The current request.
  request request_;
  std::size_t body_limit_ = 0;
  std::string bulk_caller_;  ///< sender of a large body
  lifeline::guards::memory_budget::holding bulk_;
  lifeline::guards::memory_budget::holding received_;  ///< of the address
  lifeline::guards::memory_budget::holding unsent_;    ///< of the caller, or the address
  bool admitted_ = false;                              ///< by rate, before its body is read
  std::string request_id_;
  answer answer_;
  request_life life_;
  token_memo memo_;
  lifeline::trace_parent trace_;  ///< the request's place in its trace, if there is a watch

  std::string out_;  ///< unwritten answers
  std::size_t written_ = 0;
  int in_system_ = 0;  ///< bytes that the client had not taken when it was last looked
};

}  // namespace bank::api
