#pragma once

#include "driver/http_client.hpp"
#include "driver/replay_plan.hpp"
#include "driver/verdict.hpp"

namespace bank::driver {

/// Reads the data for the verdict from the node over `connections` connections. Waits for a node
/// that is not ready for a moment; an answer that breaks the API is a problem. `client` and `plan`
/// must outlive the task.
task<result<evidence>> gather_evidence(const http_client& client, const replay_plan& plan,
                                       std::size_t connections);

}  // namespace bank::driver
