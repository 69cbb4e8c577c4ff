#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "lifeline/context/context.hpp"
#include "lifeline/guards/log_pace.hpp"
#include "lifeline/supervision/child_ref.hpp"

namespace lifeline::guards {

/// Rows that wait to be written, independent of their type. Outlives the sink and its restarts.
/// Safe from any thread.
class log_backlog {
 public:
  explicit log_backlog(std::size_t most) : most_(most) {}
  log_backlog(const log_backlog&) = delete;
  log_backlog& operator=(const log_backlog&) = delete;
  virtual ~log_backlog() = default;

  /// Writes all waiting rows; blocks. Rows that can't be written are dropped and counted; then it
  /// returns the reason.
  virtual error write(const context& ctx) = 0;
  virtual log_figures figures() const = 0;

  std::size_t most() const noexcept { return most_; }
  /// The actor that is woken when there are rows to write, and again when the queue is half full.
  const child_ref& sink() const noexcept { return sink_; }

 protected:
  void wake() const;

 private:
  const std::size_t most_;
  const child_ref sink_;
};

/// The typed queue of rows. `submit` costs a lock and never waits for a write.
template <class Row>
class log_queue final : public log_backlog {
 public:
  using writer = std::function<error(const context&, std::vector<Row>)>;

  /// `write` stores rows, all or none. It is called by one thread at a time and may block; an
  /// exception is a failure. At most `most` rows wait.
  log_queue(std::size_t most, writer write) : log_backlog(most), write_(std::move(write)) {}

  /// Safe from any thread. If the queue is full: false, and the row is dropped and counted.
  bool submit(Row row) {
    std::size_t now = 0;
    {
      const std::lock_guard lock(mutex_);
      if (rows_.size() >= most()) {
        ++dropped_;
        return false;
      }
      rows_.push_back(std::move(row));
      now = rows_.size();
    }
    if (now == 1 || now == (most() + 1) / 2) wake();
    return true;
  }

  error write(const context& ctx) override {
    std::vector<Row> some;
    {
      const std::lock_guard lock(mutex_);
      some.swap(rows_);
      rows_.reserve(some.size());
    }
    if (some.empty()) return {};
    const std::size_t count = some.size();
    const error why = try_to_write(ctx, std::move(some));
    const std::lock_guard lock(mutex_);
    (why ? dropped_ : written_) += count;
    return why;
  }

  log_figures figures() const override {
    const std::lock_guard lock(mutex_);
    return {written_, dropped_, rows_.size()};
  }

 private:
  error try_to_write(const context& ctx, std::vector<Row> some) const {
    try {
      return write_(ctx, std::move(some));
    } catch (...) {
      return thrown_error();
    }
  }

  const writer write_;
  mutable std::mutex mutex_;
  std::vector<Row> rows_;
  std::uint64_t written_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace lifeline::guards
