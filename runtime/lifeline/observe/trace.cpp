#include "lifeline/observe/trace.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace lifeline {

namespace {

std::uint64_t threshold_of(double share) noexcept {
  if (!(share > 0)) return 0;
  if (share >= 1) return std::numeric_limits<std::uint64_t>::max();
  return static_cast<std::uint64_t>(std::ldexp(share, 64));
}

}  // namespace

tracer::tracer(span_sink& to, double share, clock& time)
    : to_(to),
      threshold_(threshold_of(share)),
      time_(time),
      steady_begin_(time.now()),
      unix_begin_ns_(std::chrono::nanoseconds(time.wall_now().time_since_epoch()).count()) {}

/// Decided by the last bytes of the trace id, which are random: every tracer of this kind decides
/// the same.
trace_parent tracer::begin(const trace_parent* caller) const noexcept {
  trace_parent p;
  p.trace = caller != nullptr ? caller->trace : new_trace_id();
  p.span = new_span_id();
  std::uint64_t last = 0;
  std::memcpy(&last, p.trace.data() + 8, sizeof last);
  p.sampled = (caller != nullptr && caller->sampled) || last < threshold_ ||
              threshold_ == std::numeric_limits<std::uint64_t>::max();
  return p;
}

std::int64_t tracer::unix_ns(time_point t) const noexcept {
  return unix_begin_ns_ + (t - steady_begin_).count();
}

context standing_at(const trace_state& place) { return with_value(background(), trace_key, place); }

span::span(const trace_state& above, std::string name, span_kind kind)
    : by_(above.by), record_(std::make_unique<span_record>()) {
  record_->at = {above.at.trace, new_span_id(), true};
  record_->parent = above.at.span;
  record_->name = std::move(name);
  record_->kind = kind;
  record_->start_unix_ns = by_->unix_ns(by_->time().now());
}

context span::under(const context& ctx) const {
  return record_ ? with_value(ctx, trace_key, trace_state{by_, record_->at}) : ctx;
}

std::optional<trace_state> span::place() const {
  return record_ ? std::optional(trace_state{by_, record_->at}) : std::nullopt;
}

void span::link(const trace_parent& to) {
  if (record_) record_->links.push_back(to);
}

void span::attribute(std::string name, span_record::value v) {
  if (record_) record_->attributes.emplace_back(std::move(name), std::move(v));
}

void span::fail(std::string type) {
  if (!record_) return;
  record_->failed = true;
  attribute("error.type", std::move(type));
}

void span::end() noexcept {
  if (!record_) return;
  record_->took = duration(by_->unix_ns(by_->time().now()) - record_->start_unix_ns);
  by_->take(std::move(*record_));
  record_ = nullptr;
}

}  // namespace lifeline
