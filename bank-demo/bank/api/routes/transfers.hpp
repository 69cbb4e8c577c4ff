#pragma once

#include "bank/api/routes/router.hpp"

namespace bank::api {

boost::asio::awaitable<handled> create_transfer(request_context& x);
boost::asio::awaitable<handled> create_transfers(request_context& x);
boost::asio::awaitable<handled> get_transfer(request_context& x);
boost::asio::awaitable<handled> post_transfer(request_context& x);
boost::asio::awaitable<handled> void_transfer(request_context& x);
boost::asio::awaitable<handled> reverse_transfer(request_context& x);

/// The transfer, if it exists and the caller may see it: customers see those of their accounts.
result<lifeline::ledger::transfer_record> visible_transfer(const lifeline::context& ctx,
                                                           lifeline::ledger::ledger_reader& store,
                                                           lifeline::ledger::transfer_id id,
                                                           const identity& who);
/// The path to read it at.
std::string location_of(const lifeline::ledger::transfer_record& t);
boost::asio::awaitable<handled> list_transfers(request_context& x);

}  // namespace bank::api
