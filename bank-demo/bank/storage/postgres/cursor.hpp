#pragma once

#include <string>

#include "bank/storage/postgres/session.hpp"

namespace bank::storage {

/// The rows of a large result, fetched in portions inside the caller's transaction. Throws
/// postgres_error.
class postgres_cursor {
 public:
  postgres_cursor(postgres_session& s, std::string name, const std::string& statement)
      : s_(s), name_(std::move(name)), rows_(open(statement)) {}
  postgres_cursor(const postgres_cursor&) = delete;
  postgres_cursor& operator=(const postgres_cursor&) = delete;

  bool next() {
    if (rows_.next()) return true;
    if (ended_) return false;
    rows_ = fetch();
    ended_ = rows_.size() == 0;
    return rows_.next();
  }
  const postgres_rows& row() const noexcept { return rows_; }

 private:
  postgres_rows open(const std::string& statement) {
    s_.run("DECLARE " + name_ + " NO SCROLL CURSOR FOR " + statement);
    return fetch();
  }
  postgres_rows fetch() { return s_.run("FETCH 4096 FROM " + name_); }

  postgres_session& s_;
  std::string name_;
  postgres_rows rows_;
  bool ended_ = false;
};

}  // namespace bank::storage
