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

// Metrics of a program: counters and histograms that cost a few nanoseconds to update, and a
// registry that writes them in Prometheus' format. Make an instrument once and keep the reference
// where it is counted. Gauges are read at each scrape, by a collector. Headers with many includers
// should only declare these types.

namespace lifeline {

namespace detail {
/// Threads count in separate cells, so that they don't contend for one cache line.
inline constexpr std::size_t metric_cells = 8;
inline thread_local std::uint32_t metric_cell = 0;  // 0: not assigned yet
std::uint32_t give_metric_cell() noexcept;
inline std::size_t own_metric_cell() noexcept {
  const std::uint32_t own = metric_cell;
  return (own != 0 ? own : give_metric_cell()) % metric_cells;
}
}  // namespace detail

/// Only grows. Safe from any thread, like a histogram.
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

/// Upper bounds of a histogram's buckets, in integer steps. `unit` is the size of a step in the
/// exported unit: steps of a nanosecond are exported as seconds.
struct histogram_buckets {
  std::vector<std::int64_t> bounds;
  double unit = 1;

  /// 100 µs to 10 s, in steps of 1, 2.5 and 5.
  static histogram_buckets times();
  /// 1 µs to 1 s: what actors do.
  static histogram_buckets short_times();
  /// 1 to 16,384, each bound four times the one before.
  static histogram_buckets sizes();
};

/// Distribution of measured values over buckets.
class histogram {
 public:
  explicit histogram(histogram_buckets buckets);

  void observe(std::int64_t steps) noexcept;
  void observe(duration d) noexcept { observe(std::int64_t{d.count()}); }

  struct reading {
    std::vector<std::uint64_t> counts;  ///< per bucket; the last: above all bounds
    std::uint64_t count = 0;
    double sum = 0;
    /// The value below which a share `q` of all values lies, interpolated within a bucket; 0
    /// without values.
    double quantile(double q, const histogram_buckets& buckets) const;
  };
  reading read() const;
  const histogram_buckets& buckets() const noexcept { return buckets_; }

 private:
  const histogram_buckets buckets_;
  const std::size_t stride_;  ///< size of a cell, its buckets and sum, in whole cache lines
  std::unique_ptr<std::atomic<std::int64_t>[]> cells_;
};

using metric_labels = std::vector<std::pair<std::string, std::string>>;
enum class metric_kind : std::uint8_t { counter, gauge, histogram };

namespace detail {
class metric_families;
}

/// A collector writes its values here during a scrape.
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

/// The registry of a program's metrics, by name. Names follow Prometheus: lower case, the base unit
/// last (`_seconds`, `_bytes`), `_total` for counters. Making an instrument costs a lock and a
/// look-up: do it once, at the start. Instruments live as long as the registry. Safe from any
/// thread.
class metrics {
 public:
  metrics();
  metrics(const metrics&) = delete;
  metrics& operator=(const metrics&) = delete;
  ~metrics();

  /// The instrument of this name and these labels; made if it does not exist. Throws
  /// std::logic_error if Prometheus does not allow a name or label, or if the name has another
  /// kind.
  lifeline::counter& make_counter(const std::string& name, const std::string& help,
                                  metric_labels labels = {});
  lifeline::histogram& make_histogram(const std::string& name, const std::string& help,
                                      const histogram_buckets& buckets, metric_labels labels = {});

  /// While it exists, its function is called at each scrape; never afterwards.
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
  /// `read` is called under a lock of the registry: it must not block or make instruments.
  collector collect(std::function<void(metrics_writer&)> read);

  /// Sum of all counters, or of all histograms, of a name whose labels include `some`; 0 if none
  /// exists.
  double sum_of(std::string_view name, const metric_labels& some = {}) const;
  /// The histogram of this name and these labels; null if it does not exist.
  const lifeline::histogram* find_histogram(std::string_view name,
                                            const metric_labels& labels = {}) const;

  /// All metrics, in Prometheus' text format 0.0.4.
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
