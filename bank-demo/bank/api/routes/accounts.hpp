#pragma once

#include "bank/api/routes/router.hpp"

namespace bank::api {

boost::asio::awaitable<handled> open_account(request_context& x);
boost::asio::awaitable<handled> list_accounts(request_context& x);
boost::asio::awaitable<handled> get_account(request_context& x);
boost::asio::awaitable<handled> get_history(request_context& x);
boost::asio::awaitable<handled> get_balance(request_context& x);
boost::asio::awaitable<handled> get_statement(request_context& x);
boost::asio::awaitable<handled> change_account(request_context& x);

/// The account if it exists and the caller may see it; otherwise `not_found`.
result<lifeline::ledger::account_record> visible_account(const lifeline::context& ctx,
                                                         lifeline::ledger::ledger_reader& store,
                                                         lifeline::ledger::account_id id,
                                                         const identity& who);

}  // namespace bank::api
