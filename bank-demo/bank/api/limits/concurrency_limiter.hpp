#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "bank/api/http/problem.hpp"
#include "bank/api/limits/concurrency_limiter_options.hpp"
#include "lifeline/context/context.hpp"

namespace bank::api {

/// Stands between the connections and what they ask of the ledger and the store: how many requests
/// are in work, whose turn it is, and which can't finish in the time that they have.
///
/// - While others are about, a caller has few requests in work, fewer still beside a modest one
///   (`lifeline::actors::modest_callers`), and the rest of theirs wait; who waits is served in
///   turn, one request of each caller after the other. So it does not help to open hundreds of
///   connections.
/// - What finds no room to wait is refused at once, as `overloaded`.
/// - What has less time left than such requests take on the median is refused, too, with the
///   reason. Only what went well counts for that, and not for long, so that after a slow spell it
///   is tried again.
///
/// Safe from any thread.
class concurrency_limiter {
 public:
  concurrency_limiter(lifeline::clock& time, const concurrency_limiter_options& options);
  ~concurrency_limiter();

  /// A request in work, until it is dropped.
  class place {
   public:
    place() = default;
    place(place&&) noexcept = default;
    place& operator=(place&&) noexcept = default;
    ~place();
    /// It went well: the time that it took says how long such requests take.
    void went_well() noexcept { well_ = true; }

   private:
    friend class concurrency_limiter;
    struct held;
    std::shared_ptr<held> held_;
    bool well_ = false;
  };

  /// Waits for the turn of a request of `caller`; `kind` names those that take as long, by address;
  /// `weight` is what `lifeline::actors::admission` calls so. `overloaded` if it can't be served,
  /// or the end of `ctx`.
  boost::asio::awaitable<result<place>> enter(boost::asio::io_context& io, lifeline::context ctx,
                                              std::string caller, const void* kind,
                                              std::size_t weight = 1);

  std::size_t in_work() const;
  std::size_t waiting() const;

 private:
  struct body;
  std::shared_ptr<body> body_;
};

}  // namespace bank::api
