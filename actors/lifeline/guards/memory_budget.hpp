#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace lifeline::guards {

/// Bounds in bytes.
struct memory_limits {
  std::size_t all = 0;   ///< of all owners together
  std::size_t each = 0;  ///< of one owner
};

struct memory_figures {
  std::size_t used = 0;       ///< bytes
  std::size_t owners = 0;     ///< that have some
  std::uint64_t refused = 0;  ///< attempts to grow beyond a bound
};

/// Bounds the memory of many owners' buffers, such as those of a server's clients. Each buffer
/// reports its size before it grows; it may not grow beyond a bound, so one owner never uses up the
/// others' memory. An exception: an owner's only buffer may exceed the owner's bound, and the only
/// buffer of all may exceed both; else a buffer larger than a bound would be refused for ever. Safe
/// from any thread. Holdings may outlive the budget.
class memory_budget {
  struct body;

 public:
  explicit memory_budget(const memory_limits& limits);

  /// The size of one buffer; its destruction gives the bytes back. Movable; for one thread at a
  /// time.
  class holding {
   public:
    holding() = default;  ///< of no budget: never refuses
    holding(holding&& other) noexcept;
    holding& operator=(holding&& other) noexcept;
    ~holding();

    /// The buffer has `bytes` from now on. False, and nothing has changed, if it would grow beyond
    /// a bound. To shrink it always succeeds.
    [[nodiscard]] bool resize(std::size_t bytes);
    std::size_t bytes() const noexcept { return bytes_; }

   private:
    friend class memory_budget;
    holding(std::shared_ptr<body> of, std::string owner)
        : of_(std::move(of)), owner_(std::move(owner)) {}

    std::shared_ptr<body> of_;
    std::string owner_;
    std::size_t bytes_ = 0;
  };

  /// A buffer of `owner` without bytes.
  holding of(std::string owner) const { return {body_, std::move(owner)}; }
  memory_figures figures() const;

 private:
  std::shared_ptr<body> body_;
};

}  // namespace lifeline::guards
