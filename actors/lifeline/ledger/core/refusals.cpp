#include "lifeline/ledger/core/refusals.hpp"

namespace lifeline::ledger {

failure failure_of(lifeline::errc e) {
  switch (e) {
    case lifeline::errc::deadline_exceeded:
      return {errc::deadline_exceeded, outcome::none, "the request's deadline passed"};
    case lifeline::errc::canceled:
      return {errc::canceled, outcome::none, "the request was cancelled"};
    case lifeline::errc::overloaded:
      return {errc::overloaded, outcome::none, "an internal queue is full"};
    case lifeline::errc::none:
    case lifeline::errc::broken_promise:
    case lifeline::errc::unreachable: break;
  }
  return {errc::store_unavailable, outcome::unknown, "the ledger did not answer"};
}

failure failure_of(verdict v, const std::string& subject) {
  switch (v) {
    case verdict::duplicate:
    case verdict::wrong_state:
      return {errc::in_progress, outcome::none, subject + " is being changed by another request"};
    case verdict::committed:
    case verdict::ref_taken:
    case verdict::violated:
      return {errc::internal, outcome::none, subject + " would break the ledger's invariants"};
    case verdict::left_out:
    case verdict::unavailable:
      return {errc::store_unavailable, outcome::none, "the store could not commit"};
    case verdict::overloaded:
      return {errc::overloaded, outcome::none, "the journal's queue is full"};
    case verdict::unknown:
      return {errc::store_unavailable, outcome::unknown,
              "the store could not confirm whether " + subject + " was committed"};
  }
  return {};
}

failure not_looked_up() {
  return {errc::store_unavailable, outcome::unknown,
          "could not look up an earlier request in the store"};
}

failure used_for_other_content(const std::string& what) {
  return {errc::idempotency_mismatch, outcome::none,
          "the " + what + " was used before, for a request with other content"};
}

}  // namespace lifeline::ledger
