#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <utility>

#include "bank/storage/rules/posting.hpp"
#include "bank/storage/sqlite/connection.hpp"

namespace bank::storage {

/// Tables over one connection, with the lock that lets one thread at a time use them; opened again
/// after an error. `Tables` is made from the file and has its `connection()`.
template <class Tables>
class sqlite_guarded {
 public:
  explicit sqlite_guarded(std::filesystem::path file)
      : file_(std::move(file)), tables_(std::make_unique<Tables>(file_)) {}

  template <class F>
  auto read(const context& ctx, F&& act) -> result<decltype(act(std::declval<Tables&>()))> {
    using lifeline::ledger::failure;
    if (auto end = ended(ctx)) return std::move(*end);
    const std::lock_guard lock(mutex_);
    try {
      if (!tables_) tables_ = std::make_unique<Tables>(file_);
      auto answer = tables_->connection().run(ctx, [&] { return act(*tables_); });
      if (!answer) tables_.reset();
      return answer;
    } catch (const SQLite::Exception& e) {
      return failure{lifeline::ledger::errc::store_unavailable, lifeline::ledger::outcome::none,
                     file_.string() + ": " + e.what()};
    }
  }
  template <class F>
  auto write(const context& ctx, F&& act) {
    return read(ctx, std::forward<F>(act));
  }

 private:
  const std::filesystem::path file_;
  std::mutex mutex_;
  std::unique_ptr<Tables> tables_;
};

}  // namespace bank::storage
