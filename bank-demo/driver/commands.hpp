#pragma once

#include "driver/options.hpp"

namespace bank::driver {

// The driver's commands. Results go to standard output, errors to standard error. Each returns the
// program's exit status.

int run(const run_options& o);
int list(const list_options& o);
int check(const check_options& o);
int compare(const compare_options& o);
int schema(const schema_options& o);

}  // namespace bank::driver
