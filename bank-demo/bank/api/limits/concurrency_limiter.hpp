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

/// Limits concurrent requests, between the connections and the ledger and store.
///
/// - While other callers are active, a caller has few concurrent requests, and even fewer while a
///   light caller is active (`lifeline::guards::admission`). Its other requests wait. Callers take
///   turns, one request each, so opening hundreds of connections gains nothing.
/// - A request that finds the queue full is refused at once as `overloaded`.
/// - A request with less time left than the median of its kind is refused, with the reason. Only
///   successful requests count for the median, and only for a short time: after a slow spell
///   requests are tried again.
///
/// Safe from any thread.
class concurrency_limiter {
 public:
  concurrency_limiter(lifeline::clock& time, const concurrency_limiter_options& options);
  ~concurrency_limiter();

  /// A running request, until it is dropped.
  class place {
   public:
    place() = default;
    place(place&&) noexcept = default;
    place& operator=(place&&) noexcept = default;
    ~place();
    /// The request succeeded: its duration counts for its kind.
    void went_well() noexcept { well_ = true; }

   private:
    friend class concurrency_limiter;
    struct held;
    std::shared_ptr<held> held_;
    bool well_ = false;
  };

  /// Waits for the turn of a request of `caller`. `kind` is an address that identifies requests of
  /// similar duration. `weight` is the weight in `lifeline::guards::admission`. `overloaded` if it
  /// is refused, or the error of `ctx`.
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
