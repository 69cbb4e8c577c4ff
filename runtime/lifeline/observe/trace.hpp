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

// What a request did and how long each part of it took: spans, each within another one, all of one
// trace. A context carries the place where its work stands, only if somebody keeps the trace: where
// nobody does, a span costs one look-up.

namespace lifeline {

enum class span_kind : std::uint8_t {
  internal = 1,
  server = 2,
  client = 3,
  producer = 4,
  consumer = 5,
};

/// A span that has ended. Names of attributes are OpenTelemetry's.
struct span_record {
  using value = std::variant<std::int64_t, std::string>;

  trace_parent at;
  span_id parent{};  ///< all zero: it has none
  std::string name;
  span_kind kind = span_kind::internal;
  std::int64_t start_unix_ns = 0;
  duration took{};
  std::vector<std::pair<std::string, value>> attributes;
  std::vector<trace_parent> links;  ///< spans of other traces that it has to do with
  bool failed = false;
};

/// Takes spans away, from any thread; must be short and must not block.
class span_sink {
 public:
  span_sink() = default;
  span_sink(const span_sink&) = delete;
  span_sink& operator=(const span_sink&) = delete;
  virtual ~span_sink() = default;
  virtual void take(span_record r) noexcept = 0;
};

/// Decides which traces are kept, and hands their spans to a sink, which outlives it. Safe from any
/// thread; outlives the contexts that carry its traces.
class tracer {
 public:
  /// `share` of all new traces, 0 to 1, is kept.
  tracer(span_sink& to, double share, clock& time);

  /// Where a new trace begins, or the trace of a caller goes on: a place of its own below it. A
  /// caller that keeps its trace has it kept here, too.
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

/// Where a context's work stands in a trace that is kept.
struct trace_state {
  const tracer* by = nullptr;
  trace_parent at;
};
inline const context_key<trace_state> trace_key{"trace"};

/// Where the work of `ctx` stands, for a message that has no context of its own: what it says is
/// done is done, whether the request is over or not. None if nobody keeps the trace.
inline std::optional<trace_state> place_of(const context& ctx) {
  const trace_state* at = ctx.value(trace_key);
  return at == nullptr ? std::nullopt : std::optional(*at);
}
/// A context of that place, and of nothing else.
context standing_at(const trace_state& place);

/// One span, from its making until `end` or its destructor; or none, which does nothing. Used by
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
  /// `ctx` for what is done within this span.
  context under(const context& ctx) const;
  /// Where such work stands; none if this is none.
  std::optional<trace_state> place() const;
  void attribute(std::string name, span_record::value v);
  /// It has failed; `type` is its `error.type`.
  void fail(std::string type);
  /// It has to do with a span of another trace.
  void link(const trace_parent& to);
  void end() noexcept;

 private:
  const tracer* by_ = nullptr;
  std::unique_ptr<span_record> record_;
};

/// A span within the one that `ctx` stands in; none if its trace is not kept. Its name is both
/// parts.
inline span span_of(const context& ctx, std::string_view name, std::string_view more = {},
                    span_kind kind = span_kind::internal) {
  const trace_state* above = ctx.value(trace_key);
  if (above == nullptr) return {};
  return {*above, std::string(name).append(more), kind};
}

}  // namespace lifeline
