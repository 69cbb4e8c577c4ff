#include "lifeline/observe/metrics.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>
#include <variant>

namespace lifeline {

namespace {

constexpr std::size_t line_words = 64 / sizeof(std::int64_t);

constexpr std::string_view word_of(metric_kind k) noexcept {
  switch (k) {
    case metric_kind::counter: return "counter";
    case metric_kind::gauge: return "gauge";
    case metric_kind::histogram: return "histogram";
  }
  return "untyped";
}

bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_name(std::string_view name, bool with_colons) noexcept {
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return false;
  return std::ranges::all_of(name, [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || (with_colons && c == ':');
  });
}

void check_names(const std::string& name, const metric_labels& labels) {
  if (!is_name(name, true))
    throw std::logic_error("invalid metric name '" + name + "'; allowed: letters, digits, _ and :");
  for (const auto& [label, value] : labels)
    if (!is_name(label, false))
      throw std::logic_error("invalid label name '" + label + "'; allowed: letters, digits and _");
}

void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

void append_number(std::string& out, double v) {
  if (std::isnan(v)) {
    out += "NaN";
  } else if (std::isinf(v)) {
    out += v > 0 ? "+Inf" : "-Inf";
  } else {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), v).ptr;
    out.append(text.data(), end);
  }
}

void append_number(std::string& out, std::uint64_t v) { out += std::to_string(v); }

/// Writes `{a="1",b="2"}`, or nothing. `more` is one label after `labels`.
void append_labels(std::string& out, const metric_labels& labels,
                   const std::pair<std::string_view, std::string>* more = nullptr) {
  if (labels.empty() && more == nullptr) return;
  char between = '{';
  const auto add = [&](std::string_view name, std::string_view value) {
    out += between;
    between = ',';
    out.append(name).append("=\"");
    append_escaped(out, value, true);
    out += '"';
  };
  for (const auto& [name, value] : labels) add(name, value);
  if (more != nullptr) add(more->first, more->second);
  out += '}';
}

template <class Number>
void append_sample(std::string& out, std::string_view name, const metric_labels& labels, Number v) {
  out.append(name);
  append_labels(out, labels);
  out += ' ';
  append_number(out, v);
  out += '\n';
}

void append_histogram(std::string& out, std::string_view name, const metric_labels& labels,
                      const histogram& h) {
  const auto now = h.read();
  const auto& bounds = h.buckets().bounds;
  const std::string bucket = std::string(name) + "_bucket";
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < now.counts.size(); ++i) {
    below += now.counts[i];
    std::string le = "+Inf";
    if (i < bounds.size()) {
      le.clear();
      // For nanoseconds, division is exact and multiplication is not.
      append_number(le, h.buckets().unit == 1e-9
                            ? static_cast<double>(bounds[i]) / 1e9
                            : static_cast<double>(bounds[i]) * h.buckets().unit);
    }
    const std::pair<std::string_view, std::string> more{"le", le};
    out += bucket;
    append_labels(out, labels, &more);
    out += ' ';
    append_number(out, below);
    out += '\n';
  }
  append_sample(out, std::string(name) + "_sum", labels, now.sum);
  append_sample(out, std::string(name) + "_count", labels, now.count);
}

}  // namespace

namespace detail {

std::uint32_t give_metric_cell() noexcept {
  static std::atomic<std::uint32_t> last{0};
  metric_cell = last.fetch_add(1, std::memory_order_relaxed) + 1;
  return metric_cell;
}

/// The text of each metric family while it is written, in order of name.
class metric_families {
 public:
  std::string& lines(std::string_view name, std::string_view help, metric_kind kind) {
    auto found = all_.find(name);
    if (found == all_.end()) {
      found = all_.emplace(std::string(name), std::string()).first;
      std::string& text = found->second;
      text.append("# HELP ").append(name).append(" ");
      append_escaped(text, help, false);
      text.append("\n# TYPE ").append(name).append(" ").append(word_of(kind)).append("\n");
    }
    return found->second;
  }
  std::string joined() const {
    std::string all;
    for (const auto& [name, text] : all_) all += text;
    return all;
  }

 private:
  std::map<std::string, std::string, std::less<>> all_;
};

}  // namespace detail

// -- instruments ----------------------------------------------------------------------------------

std::uint64_t counter::value() const noexcept {
  std::uint64_t all = 0;
  for (const cell& c : cells_) all += c.value.load(std::memory_order_relaxed);
  return all;
}

histogram_buckets histogram_buckets::times() {
  histogram_buckets b{{}, 1e-9};
  for (std::int64_t step = 100'000; step <= 1'000'000'000; step *= 10)
    for (const std::int64_t tenths : {10, 25, 50}) b.bounds.push_back(step * tenths / 10);
  b.bounds.push_back(10'000'000'000);
  return b;
}

histogram_buckets histogram_buckets::short_times() {
  histogram_buckets b{{}, 1e-9};
  for (std::int64_t step = 1'000; step <= 100'000'000; step *= 10)
    for (const std::int64_t tenths : {10, 30}) b.bounds.push_back(step * tenths / 10);
  b.bounds.push_back(1'000'000'000);
  return b;
}

histogram_buckets histogram_buckets::sizes() {
  histogram_buckets b;
  for (std::int64_t size = 1; size <= 16'384; size *= 4) b.bounds.push_back(size);
  return b;
}

histogram::histogram(histogram_buckets buckets)
    : buckets_(std::move(buckets)),
      stride_((buckets_.bounds.size() + 2 + line_words - 1) / line_words * line_words),
      cells_(std::make_unique<std::atomic<std::int64_t>[]>(stride_ * detail::metric_cells)) {
  if (!std::ranges::is_sorted(buckets_.bounds))
    throw std::logic_error("a histogram's bounds must be in ascending order");
}

void histogram::observe(std::int64_t steps) noexcept {
  auto* cell = cells_.get() + stride_ * detail::own_metric_cell();
  const auto& bounds = buckets_.bounds;
  std::size_t i = 0;
  while (i < bounds.size() && steps > bounds[i]) ++i;
  cell[i].fetch_add(1, std::memory_order_relaxed);
  cell[bounds.size() + 1].fetch_add(steps, std::memory_order_relaxed);
}

histogram::reading histogram::read() const {
  reading now;
  now.counts.resize(buckets_.bounds.size() + 1);
  std::int64_t sum = 0;
  for (std::size_t c = 0; c < detail::metric_cells; ++c) {
    const auto* cell = cells_.get() + stride_ * c;
    for (std::size_t i = 0; i < now.counts.size(); ++i)
      now.counts[i] += static_cast<std::uint64_t>(cell[i].load(std::memory_order_relaxed));
    sum += cell[now.counts.size()].load(std::memory_order_relaxed);
  }
  for (const std::uint64_t n : now.counts) now.count += n;
  now.sum = static_cast<double>(sum) * buckets_.unit;
  return now;
}

double histogram::reading::quantile(double q, const histogram_buckets& buckets) const {
  const double wanted = q * static_cast<double>(count);
  double below = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const auto here = static_cast<double>(counts[i]);
    if (here > 0 && below + here >= wanted) {
      if (i == buckets.bounds.size())
        return static_cast<double>(buckets.bounds.back()) * buckets.unit;
      const double low = i == 0 ? 0 : static_cast<double>(buckets.bounds[i - 1]);
      const double high = static_cast<double>(buckets.bounds[i]);
      return (low + (high - low) * (wanted - below) / here) * buckets.unit;
    }
    below += here;
  }
  return 0;
}

// -- the registry ---------------------------------------------------------------------------------

struct metrics::family {
  metric_kind kind;
  std::string help;
  using instrument =
      std::variant<std::unique_ptr<lifeline::counter>, std::unique_ptr<lifeline::histogram>>;
  std::vector<std::pair<metric_labels, instrument>> members{};

  void append(std::string& out, std::string_view name) const {
    for (const auto& [labels, one] : members) {
      if (const auto* c = std::get_if<std::unique_ptr<lifeline::counter>>(&one)) {
        append_sample(out, name, labels, (*c)->value());
      } else {
        append_histogram(out, name, labels, *std::get<std::unique_ptr<lifeline::histogram>>(one));
      }
    }
  }
};

metrics::metrics() = default;
metrics::~metrics() = default;

template <class Instrument, class... Args>
Instrument& metrics::make(metric_kind kind, const std::string& name, const std::string& help,
                          metric_labels labels, const Args&... args) {
  check_names(name, labels);
  const std::lock_guard lock(mutex_);
  auto& place = families_[name];
  if (!place) place = std::make_unique<family>(family{kind, help});
  if (place->kind != kind)
    throw std::logic_error("metric '" + name + "' exists already, as a " +
                           std::string(word_of(place->kind)));
  for (auto& [known, one] : place->members)
    if (known == labels) return *std::get<std::unique_ptr<Instrument>>(one);
  auto made = std::make_unique<Instrument>(args...);
  Instrument& it = *made;
  place->members.emplace_back(std::move(labels), std::move(made));
  return it;
}

counter& metrics::make_counter(const std::string& name, const std::string& help,
                               metric_labels labels) {
  return make<lifeline::counter>(metric_kind::counter, name, help, std::move(labels));
}

histogram& metrics::make_histogram(const std::string& name, const std::string& help,
                                   const histogram_buckets& buckets, metric_labels labels) {
  return make<lifeline::histogram>(metric_kind::histogram, name, help, std::move(labels), buckets);
}

metrics::collector metrics::collect(std::function<void(metrics_writer&)> read) {
  const std::lock_guard lock(collecting_);
  collectors_.emplace(++last_collector_, std::move(read));
  return {*this, last_collector_};
}

metrics::collector::~collector() {
  if (of_ == nullptr) return;
  const std::lock_guard lock(of_->collecting_);
  of_->collectors_.erase(number_);
}

double metrics::sum_of(std::string_view name, const metric_labels& some) const {
  const std::lock_guard lock(mutex_);
  const auto found = families_.find(name);
  if (found == families_.end()) return 0;
  double sum = 0;
  for (const auto& [labels, one] : found->second->members) {
    const bool counts = std::ranges::all_of(some, [&](const auto& wanted) {
      return std::ranges::find(labels, wanted) != labels.end();
    });
    if (!counts) continue;
    if (const auto* c = std::get_if<std::unique_ptr<lifeline::counter>>(&one)) {
      sum += static_cast<double>((*c)->value());
    } else if (const auto* h = std::get_if<std::unique_ptr<lifeline::histogram>>(&one)) {
      sum += (*h)->read().sum;
    }
  }
  return sum;
}

const histogram* metrics::find_histogram(std::string_view name, const metric_labels& labels) const {
  const std::lock_guard lock(mutex_);
  const auto found = families_.find(name);
  if (found == families_.end()) return nullptr;
  for (const auto& [known, one] : found->second->members)
    if (const auto* h = std::get_if<std::unique_ptr<lifeline::histogram>>(&one);
        h != nullptr && known == labels)
      return h->get();
  return nullptr;
}

std::string metrics::text() const {
  detail::metric_families to;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, f] : families_) f->append(to.lines(name, f->help, f->kind), name);
  }
  metrics_writer writer(to);
  const std::lock_guard lock(collecting_);
  for (const auto& [number, read] : collectors_) read(writer);
  return to.joined();
}

void metrics_writer::counter(std::string_view name, std::string_view help, double value,
                             const metric_labels& labels) {
  append_sample(to_.lines(name, help, metric_kind::counter), name, labels, value);
}

void metrics_writer::gauge(std::string_view name, std::string_view help, double value,
                           const metric_labels& labels) {
  append_sample(to_.lines(name, help, metric_kind::gauge), name, labels, value);
}

}  // namespace lifeline
