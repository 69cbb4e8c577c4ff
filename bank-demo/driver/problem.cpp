#include "driver/problem.hpp"

#include <stdexcept>

namespace bank::driver {

void throw_exception_from_error(const problem& p, const boost::source_location&) {
  throw std::runtime_error(p.text);
}

}  // namespace bank::driver
