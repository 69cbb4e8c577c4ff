#pragma once

#include <optional>
#include <string>

#include "lifeline/context/error.hpp"
#include "lifeline/ledger/core/commit_batch.hpp"
#include "lifeline/ledger/core/order_request.hpp"
#include "lifeline/ledger/values/error.hpp"

namespace lifeline::ledger {

/// The pure core of claiming a caller's key for an object in another store. A key claimed by an
/// earlier request with the same content counts as claimed; the other store knows whether the
/// object exists.
///
///     start --> looking up --> committing --> answered
///                    ^              | duplicate
///                    +--------------+
class key_claim {
 public:
  key_claim(std::string digest, const uuid& object) : digest_(std::move(digest)), object_(object) {}

  static order_step start() noexcept { return order_step::look_up; }
  /// Empty: the store could not be read. `ended`: the state of the request's context, checked for
  /// the last time.
  order_step looked_up(const std::optional<order_findings>& found, lifeline::errc ended);
  order_step journaled(verdict v);

  /// The object that the key is claimed for.
  const uuid& object() const noexcept { return object_; }
  const std::optional<failure>& refused() const noexcept { return refused_; }

 private:
  order_step refuse(failure f);

  std::string digest_;
  uuid object_;
  std::optional<failure> refused_;
  bool looked_again_ = false;
};

}  // namespace lifeline::ledger
