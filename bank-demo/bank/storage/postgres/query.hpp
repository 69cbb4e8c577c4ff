#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "bank/storage/postgres/session.hpp"
#include "lifeline/ledger/ledger_reader.hpp"

namespace bank::storage {

/// Builds a statement with optional conditions. Its text depends on the set of conditions, not on
/// their values, so that few statements are prepared.
class postgres_query {
 public:
  explicit postgres_query(std::string text) : text_(std::move(text)) {}

  postgres_query& operator<<(std::string_view more) {
    text_ += more;
    return *this;
  }
  /// Adds an argument and returns its name in the text.
  template <class T>
  std::string argument(const T& v) {
    arguments_.push_back(to_argument(v));
    return '$' + std::to_string(arguments_.size());
  }
  postgres_rows run(postgres_session& s) const { return s.query(text_, arguments_); }

 private:
  std::string text_;
  std::vector<postgres_argument> arguments_;
};

/// Rows to fetch: one more than the page, to know whether more follow.
inline std::int64_t one_more(std::size_t limit) noexcept {
  return static_cast<std::int64_t>(std::min<std::size_t>(limit, 1'000'000'000)) + 1;
}

/// False if the page is full.
template <class T>
bool put(lifeline::ledger::page<T>& page, std::size_t limit, T row) {
  page.more = page.rows.size() >= limit;
  if (!page.more) page.rows.push_back(std::move(row));
  return !page.more;
}

}  // namespace bank::storage
