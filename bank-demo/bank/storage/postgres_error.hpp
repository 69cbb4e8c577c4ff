#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace bank::storage {

/// What went wrong at the PostgreSQL server, or on the way to it.
class postgres_error : public std::runtime_error {
 public:
  postgres_error(const std::string& what, std::string state, bool broken)
      : runtime_error(what), state_(std::move(state)), broken_(broken) {}

  /// The SQLSTATE; empty where the server said none.
  const std::string& state() const noexcept { return state_; }
  /// The connection is gone: nobody knows what became of the statement.
  bool broken() const noexcept { return broken_; }

  /// A key or a check refused it, or a value that the server can't hold.
  bool is_violation() const noexcept { return begins("23") || begins("22"); }
  /// Others were in the way: the same may go well at the next try.
  bool is_conflict() const noexcept { return state_ == "40001" || state_ == "40P01"; }
  /// It was cancelled, or ran into its time limit.
  bool is_cut_off() const noexcept { return state_ == "57014"; }

 private:
  bool begins(std::string_view with) const noexcept { return state_.starts_with(with); }

  std::string state_;
  bool broken_;
};

}  // namespace bank::storage
