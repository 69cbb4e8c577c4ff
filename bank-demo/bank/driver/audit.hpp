#pragma once

#include "bank/driver/http_client.hpp"
#include "bank/driver/replay_plan.hpp"
#include "bank/driver/verdict.hpp"

namespace bank::driver {

/// Asks the node, over `connections` connections, for all that the verdict needs. Patient with a
/// node that is not ready for a moment; an answer that is not as the API promises is a problem.
/// `client` and `plan` must stay until the task is done.
task<result<evidence>> gather_evidence(asio::io_context& io, const http_client& client,
                                       const replay_plan& plan, std::size_t connections);

}  // namespace bank::driver
