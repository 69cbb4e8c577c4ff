#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bank/storage/postgres/error.hpp"
#include "bank/storage/postgres/rows.hpp"
#include "bank/storage/postgres/values.hpp"

namespace bank::storage {

/// One connection to a PostgreSQL server, used by one thread at a time; other threads may call
/// `cancel` and `sever`. The only user of libpqxx, including the differences between its versions 6
/// and 7. Members throw postgres_error. It never reconnects by itself.
class postgres_session {
 public:
  /// `url`: a URL or "key=value …", as for libpq. Blocks until connected, at most a few seconds.
  explicit postgres_session(const std::string& url);
  postgres_session(const postgres_session&) = delete;
  postgres_session& operator=(const postgres_session&) = delete;
  ~postgres_session();

  /// Runs several statements in one round trip; returns the rows of the last one.
  postgres_rows run(const std::string& statements);
  /// Runs one statement, which is prepared at its first use.
  postgres_rows query(const std::string& statement,
                      const std::vector<postgres_argument>& arguments);
  template <class... Args>
  postgres_rows query(const std::string& statement, const Args&... args) {
    return query(statement, std::vector<postgres_argument>{to_argument(args)...});
  }

  bool is_open() const noexcept;

  /// Asks the server to cancel the running statement of this connection, and waits until the server
  /// has the request. Later statements are not affected. False if the request can't be sent.
  bool cancel() noexcept;
  /// Closes the connection, so that a thread waiting for an answer continues.
  void sever() noexcept;

 private:
  struct connection;

  std::unique_ptr<connection> connection_;
  std::unordered_map<std::string, std::string> prepared_;  // the statement's name by its text
};

}  // namespace bank::storage
