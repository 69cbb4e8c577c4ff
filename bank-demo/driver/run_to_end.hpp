#pragma once

#include <functional>
#include <string>

#include "driver/problem.hpp"
#include "driver/task.hpp"

namespace bank::driver {

/// Runs `drive`, and the task groups that it starts, on this thread until all has ended. The first
/// SIGINT, SIGTERM or SIGHUP calls `interrupted` with "interrupted (SIGTERM)"; a second one, or
/// `cancel_tasks`, cancels all coroutines. SIGHUP counts only unless it is ignored, as under
/// nohup(1). An exception cancels all, too; returns it as a problem. Nothing else may run on `io`
/// afterwards.
maybe_problem run_to_end(asio::io_context& io, task<void> drive,
                         std::function<void(const std::string& why)> interrupted);

}  // namespace bank::driver
