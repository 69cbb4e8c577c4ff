#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bank/storage/postgres_error.hpp"
#include "bank/storage/postgres_rows.hpp"
#include "bank/storage/postgres_values.hpp"

namespace bank::storage {

/// One connection to a PostgreSQL server, used by one thread at a time; `cancel` and `sever` are
/// for others. The only place that knows libpqxx, and what differs between its versions 6 and 7.
/// Members throw postgres_error. It never connects anew by itself.
class postgres_session {
 public:
  /// `url`: as libpq takes it, a URL or words with values. Blocks until it stands, for some seconds
  /// at most.
  explicit postgres_session(const std::string& url);
  postgres_session(const postgres_session&) = delete;
  postgres_session& operator=(const postgres_session&) = delete;
  ~postgres_session();

  /// Several statements in one round trip; the rows of the last one.
  postgres_rows run(const std::string& statements);
  /// One statement, prepared when it is first used.
  postgres_rows query(const std::string& statement,
                      const std::vector<postgres_argument>& arguments);
  template <class... Args>
  postgres_rows query(const std::string& statement, const Args&... args) {
    return query(statement, std::vector<postgres_argument>{to_argument(args)...});
  }

  bool is_open() const noexcept;

  /// Asks the server to end what runs on this connection now, and waits until it has been told.
  /// What comes later is not hit. False if it can't be told.
  bool cancel() noexcept;
  /// Cuts the connection, so that whoever waits for an answer on it waits no longer.
  void sever() noexcept;

 private:
  struct connection;

  std::unique_ptr<connection> connection_;
  std::unordered_map<std::string, std::string> prepared_;  // the statement's name by its text
};

}  // namespace bank::storage
