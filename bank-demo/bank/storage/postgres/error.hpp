#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace bank::storage {

/// An error of the PostgreSQL server or of the connection.
class postgres_error : public std::runtime_error {
 public:
  postgres_error(const std::string& what, std::string state, bool broken)
      : runtime_error(what), state_(std::move(state)), broken_(broken) {}

  /// The SQLSTATE; empty if there is none.
  const std::string& state() const noexcept { return state_; }
  /// The connection is lost; the statement's outcome is unknown.
  bool broken() const noexcept { return broken_; }

  /// Refused by a key or a check, or because of an invalid value.
  bool is_violation() const noexcept { return begins("23") || begins("22"); }
  /// A conflict with other transactions; a retry may succeed.
  bool is_conflict() const noexcept { return state_ == "40001" || state_ == "40P01"; }
  /// Cancelled, or past its time limit.
  bool is_cut_off() const noexcept { return state_ == "57014"; }

 private:
  bool begins(std::string_view with) const noexcept { return state_.starts_with(with); }

  std::string state_;
  bool broken_;
};

}  // namespace bank::storage
