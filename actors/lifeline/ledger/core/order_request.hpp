#pragma once

#include <optional>
#include <string>

#include "lifeline/context/error.hpp"
#include "lifeline/ledger/core/commit_batch.hpp"
#include "lifeline/ledger/values/error.hpp"
#include "lifeline/ledger/values/standing_order.hpp"

namespace lifeline::ledger {

/// The store's data for a request about a standing order. For an opening, also the accounts and the
/// order that its key belongs to.
struct order_findings {
  std::optional<std::string> key_digest;  ///< of the request that used the key
  uuid key_object;                        ///< the object of the key
  std::optional<standing_order> by_key;
  std::optional<standing_order> by_id;
  std::optional<account_record> from;
  std::optional<account_record> to;
};

/// The request's next action; `answer` ends it.
enum class order_step : std::uint8_t { nothing, look_up, append, answer };

/// The pure core of opening a standing order. An earlier request with its key or id is looked up
/// first, and again if the store says "duplicate". Only a new order is checked, and may be refused.
///
///     start --> looking up --> committing --> answered
///                    ^              | duplicate
///                    +--------------+
class order_opening {
 public:
  /// `debits_only`: only accounts of this owner may pay; none: any account.
  order_opening(standing_order asked, std::optional<std::string> key_digest,
                std::optional<std::string> debits_only)
      : order_(std::move(asked)),
        key_digest_(std::move(key_digest)),
        debits_only_(std::move(debits_only)) {}

  static order_step start() noexcept { return order_step::look_up; }
  /// Empty: the store could not be read. `ended`: the state of the request's context, checked for
  /// the last time.
  order_step looked_up(const std::optional<order_findings>& found, lifeline::errc ended);
  order_step journaled(verdict v, wall_time at);

  const standing_order& order() const noexcept { return order_; }
  const std::optional<failure>& refused() const noexcept { return refused_; }
  bool replayed() const noexcept { return replayed_; }

 private:
  order_step refuse(failure f);
  order_step repeat(standing_order first);
  std::optional<failure> mismatch(const order_findings& found) const;
  std::optional<failure> check(const order_findings& found) const;

  standing_order order_;
  std::optional<std::string> key_digest_;
  std::optional<std::string> debits_only_;
  std::optional<failure> refused_;
  bool looked_again_ = false;
  bool replayed_ = false;
};

/// The pure core of deleting a standing order. One that is over already is answered as it is,
/// because the requested state is reached.
class order_deletion {
 public:
  order_deletion(standing_order_id id, std::optional<std::string> debits_only)
      : debits_only_(std::move(debits_only)) {
    order_.id = id;
  }

  static order_step start() noexcept { return order_step::look_up; }
  order_step looked_up(const std::optional<order_findings>& found, lifeline::errc ended);
  order_step journaled(verdict v);

  const standing_order& order() const noexcept { return order_; }
  const std::optional<failure>& refused() const noexcept { return refused_; }
  static bool replayed() noexcept { return false; }

 private:
  order_step refuse(failure f);

  standing_order order_;
  std::optional<std::string> debits_only_;
  std::optional<failure> refused_;
};

/// The pure core of making the due occurrences of a standing order, up to a number. Each expects
/// the one before, so that after a failure none of the later ones is made; the next round continues
/// there.
class order_advance {
 public:
  order_advance(standing_order listed, wall_time now, std::size_t most);

  /// The due times of the occurrences to append, in order. Empty: the order is not due.
  const std::vector<wall_time>& dues() const noexcept { return dues_; }
  /// The journal's verdict on the next of them; true when it was the last.
  bool journaled(verdict v);

  /// The order as far as it is known to have advanced.
  const standing_order& order() const noexcept { return order_; }
  const std::optional<failure>& refused() const noexcept { return refused_; }

 private:
  standing_order order_;
  std::vector<wall_time> dues_;
  std::size_t ended_ = 0;
  std::optional<failure> refused_;
};

}  // namespace lifeline::ledger
