#pragma once

#include <boost/system/result.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "lifeline/context/context.hpp"
#include "lifeline/guards/refusal.hpp"

namespace lifeline::guards {

/// Limits of concurrent and waiting work.
struct concurrency_limiter_options {
  std::size_t concurrent = 4'096;  ///< of all callers; other work waits; 0: no limits at all
  std::size_t concurrent_per_caller = 16;  ///< while other callers are active; 0: unlimited
  std::size_t queue = 10'000;              ///< waiting work; further work is refused
  std::size_t queue_per_caller = 2'000;    ///< waiting work per caller
  /// Concurrent weight per caller while a light caller is active, that is, one with at most this
  /// weight open; 0: `concurrent_per_caller` applies.
  std::size_t weight_beside_light_caller = 2;
};

struct concurrency_figures {
  std::size_t running = 0;
  std::size_t waiting = 0;
};

/// Limits concurrent work, such as the requests of a server; `admission` decides.
///
/// - While other callers are active, a caller has little concurrent work, and even less while a
///   light caller is active. Its other work waits. Callers take turns, one piece each, so opening
///   hundreds of connections gains nothing.
/// - Work that finds the queue full is refused at once as `overloaded`.
/// - Work with less time left than the median of its kind is refused as `cannot_finish`. Only work
///   that went well counts for the median, and only for a short time: after a slow spell work is
///   tried again.
///
/// Safe from any thread. What it gives may outlive it. Coroutines wait with
/// `asio_concurrency_limiter.hpp`.
class concurrency_limiter {
  struct body;
  struct piece;
  class waiting_piece;

 public:
  explicit concurrency_limiter(const concurrency_limiter_options& options = {},
                               clock& time = process_clock());

  /// Running work, until it is dropped. Movable; for one thread at a time.
  class place {
   public:
    place(place&&) noexcept = default;
    place& operator=(place&&) noexcept = default;
    /// The work succeeded: its duration counts for its kind.
    void went_well() noexcept;

   private:
    friend class concurrency_limiter;
    explicit place(std::shared_ptr<piece> mine) : mine_(std::move(mine)) {}
    std::shared_ptr<piece> mine_;  // null: no limits
  };
  /// A place, a `refusal`, or the `errc` of the context.
  using entry = boost::system::result<place, std::error_code>;

  /// The turn of a piece of work: decided at once, or waiting until its context ends. Dropped, it
  /// gives up. Movable; for one thread at a time.
  class [[nodiscard]] turn {
   public:
    bool waits() const noexcept { return waits_ != nullptr; }
    /// For a turn that waits: calls `notify` once, when it is decided, on any thread, perhaps
    /// inside this call.
    void when_decided(std::function<void()> notify);
    /// The decision; for a turn that waits, only after `notify` was called. Call it once.
    entry take();

   private:
    friend class concurrency_limiter;
    explicit turn(entry decided) : decided_(std::move(decided)) {}
    turn(std::shared_ptr<waiting_piece> waits, std::shared_ptr<piece> mine)
        : waits_(std::move(waits)), mine_(std::move(mine)) {}
    std::optional<entry> decided_;
    std::shared_ptr<waiting_piece> waits_;
    std::shared_ptr<piece> mine_;  // dropped first: a turn that waits gives up
  };

  /// A piece of work of `caller` arrives, within `ctx`. `kind` is an address that identifies work
  /// of similar duration. `weight` is the weight in `admission::arrive`.
  turn arrive(const context& ctx, const std::string& caller, const void* kind,
              std::size_t weight = 1);

  /// The median duration of a kind: what work needs that was refused as `cannot_finish`. Empty if
  /// it is not known.
  std::optional<duration> typical(const void* kind) const;
  concurrency_figures figures() const;

 private:
  std::shared_ptr<body> body_;
};

}  // namespace lifeline::guards
