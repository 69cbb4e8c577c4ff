#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "lifeline/context/context.hpp"
#include "lifeline/observe/trace_parent.hpp"

// Traces: what a request did and how long each part took. A trace is a set of nested spans. A
// context carries its place in a trace only if the trace is recorded; if not, a span costs one
// look-up.

namespace lifeline {

enum class span_kind : std::uint8_t {
  internal = 1,
  server = 2,
  client = 3,
  producer = 4,
  consumer = 5,
};

/// A finished span. Attribute names are OpenTelemetry's.
struct span_record {
  using value = std::variant<std::int64_t, std::string>;

  trace_parent at;
  span_id parent{};  ///< all zero: no parent
  std::string name;
  span_kind kind = span_kind::internal;
  std::int64_t start_unix_ns = 0;
  duration took{};
  std::vector<std::pair<std::string, value>> attributes;
  std::vector<trace_parent> links;  ///< related spans of other traces
  bool failed = false;
};

/// Receives finished spans, from any thread; must be short and must not block.
class span_sink {
 public:
  span_sink() = default;
  span_sink(const span_sink&) = delete;
  span_sink& operator=(const span_sink&) = delete;
  virtual ~span_sink() = default;
  virtual void take(span_record r) noexcept = 0;
};

/// Decides which traces are recorded and sends their spans to a sink, which outlives it. Safe from
/// any thread. Outlives the contexts that carry its traces.
class tracer {
 public:
  /// `share`: part of new traces that is recorded, 0 to 1.
  tracer(span_sink& to, double share, clock& time);

  /// Starts a new trace, or continues the caller's trace in a new span. A trace that the caller
  /// records is recorded here, too.
  trace_parent begin(const trace_parent* caller) const noexcept;
  void take(span_record r) const noexcept { to_.take(std::move(r)); }

  clock& time() const noexcept { return time_; }
  std::int64_t unix_ns(time_point t) const noexcept;

 private:
  span_sink& to_;
  const std::uint64_t threshold_;
  clock& time_;
  const time_point steady_begin_;
  const std::int64_t unix_begin_ns_;
};

/// A context's place in a recorded trace.
struct trace_state {
  const tracer* by = nullptr;
  trace_parent at;
};
inline const context_key<trace_state> trace_key{"trace"};

/// The place of `ctx` in its trace, for a message without a context: the work it reports is done,
/// whether the request is over or not. Empty if the trace is not recorded.
inline std::optional<trace_state> place_of(const context& ctx) {
  const trace_state* at = ctx.value(trace_key);
  return at == nullptr ? std::nullopt : std::optional(*at);
}
/// A context with that place and nothing else.
context standing_at(const trace_state& place);

/// One span, from its construction until `end` or its destructor. An empty span does nothing. For
/// one thread at a time.
class span {
 public:
  span() = default;
  span(const trace_state& above, std::string name, span_kind kind);
  span(span&&) noexcept = default;
  span& operator=(span&& other) noexcept {
    end();
    by_ = other.by_;
    record_ = std::move(other.record_);
    return *this;
  }
  ~span() { end(); }

  explicit operator bool() const noexcept { return record_ != nullptr; }
  /// `ctx` for work within this span.
  context under(const context& ctx) const;
  /// Place of work within this span; empty if the span is.
  std::optional<trace_state> place() const;
  void attribute(std::string name, span_record::value v);
  /// Marks the span as failed; `type` becomes its `error.type`.
  void fail(std::string type);
  /// Links it to a span of another trace.
  void link(const trace_parent& to);
  void end() noexcept;

 private:
  const tracer* by_ = nullptr;
  std::unique_ptr<span_record> record_;
};

/// A span within that of `ctx`; empty if the trace is not recorded. Its name is `name` followed by
/// `more`.
inline span span_of(const context& ctx, std::string_view name, std::string_view more = {},
                    span_kind kind = span_kind::internal) {
  const trace_state* above = ctx.value(trace_key);
  if (above == nullptr) return {};
  return {*above, std::string(name).append(more), kind};
}

}  // namespace lifeline
