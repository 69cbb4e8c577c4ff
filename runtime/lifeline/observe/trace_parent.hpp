#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lifeline {

using trace_id = std::array<std::uint8_t, 16>;
using span_id = std::array<std::uint8_t, 8>;

/// A place in a trace, as in W3C's `traceparent` (Trace Context, Level 1): the trace, the span, and
/// whether the trace is recorded.
struct trace_parent {
  trace_id trace{};
  span_id span{};
  bool sampled = false;

  friend bool operator==(const trace_parent&, const trace_parent&) = default;
};

/// Empty if the header is malformed; then start a new trace. Of later versions of the header, only
/// the known part is read.
std::optional<trace_parent> parse_traceparent(std::string_view header) noexcept;
std::string to_traceparent(const trace_parent& p);
/// Lower case.
std::string to_hex(std::span<const std::uint8_t> bytes);

/// Random, never all zero; not for secrets.
trace_id new_trace_id() noexcept;
span_id new_span_id() noexcept;

}  // namespace lifeline
