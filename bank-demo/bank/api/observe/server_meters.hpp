#pragma once

#include "lifeline/observe/metrics.hpp"

namespace bank::api {

struct server_state;

/// While the result lives, each scrape reads the figures of the server, its runtime, its ledger and
/// its bus. All of these outlive it.
lifeline::metrics::collector collect_from(const server_state& server);

}  // namespace bank::api
