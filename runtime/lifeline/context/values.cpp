#include "lifeline/context/values.hpp"

#include <algorithm>

namespace lifeline::detail {

std::shared_ptr<const value_table> value_table::with(const value_table* base, row added) {
  auto rows = base != nullptr ? base->rows_ : std::vector<row>{};
  auto same =
      std::find_if(rows.begin(), rows.end(), [&](const row& r) { return r.key == added.key; });
  if (same != rows.end()) {
    *same = std::move(added);
  } else {
    rows.push_back(std::move(added));
  }
  return std::make_shared<const value_table>(std::move(rows));
}

}  // namespace lifeline::detail
