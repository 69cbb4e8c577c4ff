#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bank/storage/job_tables.hpp"
#include "bank/storage/sqlite/connection.hpp"
#include "bank/storage/sqlite/statement.hpp"

namespace bank::storage {

/// The jobs over one connection, used by one thread at a time. Members throw SQLite::Exception.
class sqlite_job_table {
 public:
  explicit sqlite_job_table(const std::filesystem::path& file);

  sqlite_connection& connection() noexcept { return connection_; }

  /// False if the id exists.
  bool create(const lifeline::job_record& j);
  /// False if the id does not exist.
  bool update(const lifeline::job_record& j);
  std::optional<lifeline::job_record> find(const std::string& id);
  job_link link(const std::string& other, const std::string& id);
  std::vector<lifeline::job_record> list(const lifeline::job_query& q);
  std::vector<lifeline::job_record> unfinished();
  std::size_t forget(lifeline::wall_time before, std::size_t most);

 private:
  std::optional<std::int64_t> number_of(const std::string& id);
  std::optional<std::int64_t> linked_by(const std::string& other);
  void keep_result(std::int64_t number, const std::string& text);

  sqlite_connection connection_;
  sqlite_statement insert_, insert_input_, insert_link_, number_, linked_, update_, keep_result_,
      find_, list_, unfinished_, old_, drop_input_, drop_result_, drop_links_, drop_;
};

}  // namespace bank::storage
