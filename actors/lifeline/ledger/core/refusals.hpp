#pragma once

#include <string>

#include "lifeline/context/error.hpp"
#include "lifeline/ledger/core/commit_batch.hpp"
#include "lifeline/ledger/values/error.hpp"

namespace lifeline::ledger {

/// The failure for the journal's verdict on an entry that was not committed. `subject`: what the
/// entry would have changed, as in "the transfer".
failure failure_of(verdict v, const std::string& subject);

/// The failure for the end of a request's context, while nothing has been moved.
failure failure_of(lifeline::errc e);

/// The store could not be read, so an earlier request with the same id or key may have done it.
failure not_looked_up();

/// An id or idempotency key, named by `what`, was used for other content.
failure used_for_other_content(const std::string& what);

}  // namespace lifeline::ledger
