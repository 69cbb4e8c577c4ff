#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lifeline/time/clock.hpp"

// Figures for whoever watches a program: counters, gauges and histograms that cost a few
// nanoseconds to move, and a registry that writes them as Prometheus reads them. Where something
// is counted, hold a reference that was made once; headers that many include declare the types
// only.

namespace lifeline {

namespace detail {
/// Threads count in cells of their own, so that they don't pull one cache line to and fro.
inline constexpr std::size_t metric_cells = 8;
inline thread_local std::uint32_t metric_cell = 0;  // 0: not given yet
std::uint32_t give_metric_cell() noexcept;
inline std::size_t own_metric_cell() noexcept {
  const std::uint32_t own = metric_cell;
  return (own != 0 ? own : give_metric_cell()) % metric_cells;
}
}  // namespace detail

/// Only ever grows. Safe from any thread; so are the other two.
class counter {
 public:
  void add(std::uint64_t n = 1) noexcept {
    cells_[detail::own_metric_cell()].value.fetch_add(n, std::memory_order_relaxed);
  }
  std::uint64_t value() const noexcept;

 private:
  struct alignas(64) cell {
    std::atomic<std::uint64_t> value{0};
  };
  std::array<cell, detail::metric_cells> cells_;
};

/// Goes up and down.
class gauge {
 public:
  void set(double v) noexcept { value_.store(v, std::memory_order_relaxed); }
  double value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

/// The upper bounds of a histogram's buckets, in whole steps of which one is `unit` outside: times
/// in nanoseconds become seconds.
struct histogram_buckets {
  std::vector<std::int64_t> bounds;
  double unit = 1;

  /// 100 µs to 10 s, in steps of 1, 2.5 and 5.
  static histogram_buckets times();
  /// 1 µs to 1 s: what actors do.
  static histogram_buckets short_times();
  /// 1 to 16,384, in steps of 4.
  static histogram_buckets sizes();
};

/// How often what was measured fell where.
class histogram {
 public:
  explicit histogram(histogram_buckets buckets);

  void observe(std::int64_t steps) noexcept;
  void observe(duration d) noexcept { observe(std::int64_t{d.count()}); }

  struct reading {
    std::vector<std::uint64_t> counts;  ///< per bucket, and of what was above all of them
    std::uint64_t count = 0;
    double sum = 0;
    /// What a share `q` of all stayed below, taken as even within a bucket; 0 if there is none.
    double quantile(double q, const histogram_buckets& buckets) const;
  };
  reading read() const;
  const histogram_buckets& buckets() const noexcept { return buckets_; }

 private:
  const histogram_buckets buckets_;
  const std::size_t stride_;  ///< of a cell: its buckets and its sum, in whole cache lines
  std::unique_ptr<std::atomic<std::int64_t>[]> cells_;
};

using metric_labels = std::vector<std::pair<std::string, std::string>>;
enum class metric_kind : std::uint8_t { counter, gauge, histogram };

namespace detail {
class metric_families;
}

/// Where a collector writes what it reads at the moment of a scrape.
class metrics_writer {
 public:
  explicit metrics_writer(detail::metric_families& to) noexcept : to_(to) {}
  void counter(std::string_view name, std::string_view help, double value,
               const metric_labels& labels = {});
  void gauge(std::string_view name, std::string_view help, double value,
             const metric_labels& labels = {});

 private:
  detail::metric_families& to_;
};

/// All that a program counts, by name. Names follow Prometheus: lower case, the base unit last
/// (`_seconds`, `_bytes`), `_total` for counters. Making an instrument costs a lock and a look-up:
/// do it once, at the start. What is made lives as long as the registry. Safe from any thread.
class metrics {
 public:
  metrics();
  metrics(const metrics&) = delete;
  metrics& operator=(const metrics&) = delete;
  ~metrics();

  /// The one with this name and these labels, made if there is none. Throws std::logic_error for a
  /// name that Prometheus would not take, or that is another kind's.
  lifeline::counter& make_counter(const std::string& name, const std::string& help,
                                  metric_labels labels = {});
  lifeline::gauge& make_gauge(const std::string& name, const std::string& help,
                              metric_labels labels = {});
  lifeline::histogram& make_histogram(const std::string& name, const std::string& help,
                                      const histogram_buckets& buckets, metric_labels labels = {});

  /// While it lives, its function is called at each scrape; once it is gone, never again.
  class [[nodiscard]] collector {
   public:
    collector() = default;
    collector(collector&& other) noexcept { *this = std::move(other); }
    collector& operator=(collector&& other) noexcept {
      std::swap(of_, other.of_);
      std::swap(number_, other.number_);
      return *this;
    }
    ~collector();

   private:
    friend class metrics;
    collector(metrics& of, std::uint64_t number) noexcept : of_(&of), number_(number) {}
    metrics* of_ = nullptr;
    std::uint64_t number_ = 0;
  };
  /// `read` is called under a lock of the registry's: it must not block, nor make instruments.
  collector collect(std::function<void(metrics_writer&)> read);

  /// Of all counters, or histograms, of a name whose labels hold `some`: their sum. None: 0.
  double sum_of(std::string_view name, const metric_labels& some = {}) const;
  /// The histogram of that name and those labels; null if there is none.
  const lifeline::histogram* find_histogram(std::string_view name,
                                            const metric_labels& labels = {}) const;

  /// Everything, in Prometheus' text format 0.0.4.
  std::string text() const;

 private:
  struct family;
  template <class Instrument, class... Args>
  Instrument& make(metric_kind kind, const std::string& name, const std::string& help,
                   metric_labels labels, const Args&... args);

  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<family>, std::less<>> families_;
  mutable std::mutex collecting_;
  std::map<std::uint64_t, std::function<void(metrics_writer&)>> collectors_;
  std::uint64_t last_collector_ = 0;
};

/// The media type of `metrics::text`.
inline constexpr std::string_view metrics_media_type = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace lifeline
