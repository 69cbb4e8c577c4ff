#pragma once

#include <string>
#include <string_view>

#include "lifeline/work/job_store.hpp"

// Jobs as JSON, appended to a string.

namespace bank::api {

/// With its result, and with its parameters unless they are long.
void append_job(std::string& out, const lifeline::job_record& j);
/// For lists: without result and parameters.
void append_job_line(std::string& out, const lifeline::job_record& j);

bool is_job_kind(std::string_view kind) noexcept;

}  // namespace bank::api
