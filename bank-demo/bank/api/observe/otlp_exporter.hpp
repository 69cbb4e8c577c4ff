#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "lifeline/observe/metrics.hpp"
#include "lifeline/observe/trace.hpp"

namespace bank::api {

/// Takes spans and exports them; its destructor exports the queued ones, within `last`.
class span_exporter : public lifeline::span_sink {};

struct otlp_options {
  std::string endpoint;                     ///< `http://HOST:PORT/v1/traces`
  std::size_t queue = 2'048;                ///< waiting spans; further ones are dropped and counted
  std::string version = {};                 ///< of the service
  std::size_t batch = 512;                  ///< spans in one request
  std::chrono::milliseconds linger{1'000};  ///< longest wait for a full batch
  std::chrono::milliseconds timeout{5'000};  ///< per request
  std::chrono::milliseconds last{1'000};     ///< for the queued spans at the end
};

/// Exports to an OpenTelemetry collector: OTLP over HTTP in JSON, in batches, on its own thread.
/// Ending a span never waits. Spans that the collector refuses, or is too slow for, are dropped and
/// counted in `to`, which outlives the exporter. Throws std::invalid_argument for an endpoint that
/// `parse_otlp_endpoint` refuses.
std::unique_ptr<span_exporter> make_otlp_exporter(otlp_options options, lifeline::metrics& to);

/// Spans as an `ExportTraceServiceRequest` in JSON.
std::string otlp_json(std::span<const lifeline::span_record> spans, const std::string& version);

}  // namespace bank::api
