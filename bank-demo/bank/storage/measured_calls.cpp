#include "bank/storage/measured_calls.hpp"

#include <string>

#include "lifeline/observe/trace.hpp"

namespace bank::storage {

measured_calls::measured_calls(lifeline::metrics& to, lifeline::clock& time) : time_(time) {
  for (std::size_t i = 0; i < operation_count; ++i) {
    const std::string name(traits_of(static_cast<operation>(i)).name);
    const auto counted = [&](const char* outcome) {
      return &to.make_counter("bank_store_calls_total",
                              "Calls of the ledger store, by operation and outcome.",
                              {{"operation", name}, {"outcome", outcome}});
    };
    meters_[i] = {
        &to.make_histogram("bank_store_call_duration_seconds",
                           "Duration of a call of the ledger store in seconds, by operation.",
                           lifeline::histogram_buckets::times(), {{"operation", name}}),
        counted("answered"), counted("ended"), counted("failed")};
  }
}

std::optional<lifeline::ledger::failure> measured_calls::around(const store_call& call,
                                                                const rest_of_call& go_on) {
  const call_meter& m = meters_[static_cast<std::size_t>(call.what)];
  const operation_traits traits = traits_of(call.what);
  lifeline::span running = span_of(call.ctx, traits.name, {}, lifeline::span_kind::client);
  if (running) {
    running.attribute("db.operation.name", std::string(traits.name));
    running.attribute("db.collection.name", std::string(traits.table));
  }
  const auto began = time_.now();
  auto failed = go_on();
  m.took->observe(time_.now() - began);
  const bool ended = call.ctx.done();
  (!failed ? m.answered : ended ? m.ended : m.failed)->add();
  if (failed && running) {
    const char* why = call.written != nullptr ? "commit failed" : "store failed";
    running.fail(ended ? call.ctx.cause().message() : why);
  }
  return failed;
}

}  // namespace bank::storage
