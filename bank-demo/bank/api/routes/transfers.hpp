#pragma once

#include "bank/api/json/fields.hpp"
#include "bank/api/routes/router.hpp"

namespace bank::api {

boost::asio::awaitable<handled> create_transfer(exchange& x);
boost::asio::awaitable<handled> get_transfer(exchange& x);
boost::asio::awaitable<handled> post_transfer(exchange& x);
boost::asio::awaitable<handled> void_transfer(exchange& x);
boost::asio::awaitable<handled> reverse_transfer(exchange& x);

/// The transfer, if there is one that the caller may see: customers those of their accounts.
result<lifeline::ledger::transfer_record> visible_transfer(const lifeline::context& ctx,
                                                           lifeline::ledger::ledger_store& store,
                                                           lifeline::ledger::transfer_id id,
                                                           const identity& who);
boost::asio::awaitable<handled> list_transfers(exchange& x);

inline constexpr text_rule memo_rule{500, true, true};
/// An account's id, or "world" for the one of the currency.
lifeline::ledger::account_id side_of(fields& in, std::string_view name,
                                     lifeline::ledger::currency unit);
/// Customers move no money from or to the world.
handled check_customer(const identity& who, const lifeline::ledger::account_id& from,
                       const lifeline::ledger::account_id& to);

}  // namespace bank::api
