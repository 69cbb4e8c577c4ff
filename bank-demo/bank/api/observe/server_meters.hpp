#pragma once

#include "lifeline/observe/metrics.hpp"

namespace bank::api {

struct server_state;

/// While it lives, each scrape reads what the server, its runtime, its ledger and its bus have to
/// tell. All of it outlives what it gives.
lifeline::metrics::collector collect_from(const server_state& server);

}  // namespace bank::api
