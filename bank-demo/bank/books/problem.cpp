#include "bank/books/problem.hpp"

#include <stdexcept>

namespace bank::books {

std::string problem::text() const {
  std::string out = file;
  if (line != 0) out += ":" + std::to_string(line);
  if (!out.empty()) out += ": ";
  if (!column.empty()) out += column + ": ";
  return out + what;
}

void throw_exception_from_error(const problem& p, const boost::source_location&) {
  throw std::runtime_error(p.text());
}

}  // namespace bank::books
