#include <array>

#include "bank/api/routes/accounts.hpp"
#include "bank/api/routes/events.hpp"
#include "bank/api/routes/jobs.hpp"
#include "bank/api/routes/observing.hpp"
#include "bank/api/routes/operations.hpp"
#include "bank/api/routes/pages.hpp"
#include "bank/api/routes/router.hpp"
#include "bank/api/routes/search.hpp"
#include "bank/api/routes/standing_orders.hpp"
#include "bank/api/routes/tokens.hpp"
#include "bank/api/routes/transfers.hpp"

namespace bank::api {

std::span<const route> all_routes() noexcept {
  using enum method;
  static constexpr auto read = &http_options::read_deadline;
  static constexpr auto write = &http_options::write_deadline;
  static constexpr auto transfer = &http_options::transfer_deadline;
  static constexpr auto searching = &http_options::search_deadline;
  static constexpr auto admin = only(storage::role::admin);
  static constexpr std::array<route, 45> routes{{
      {post, "/v1/transfers", writers, transfer, &create_transfer},
      {post, "/v1/transfers/batch", writers, transfer, &create_transfers, nullptr, writers, true},
      {get, "/v1/transfers", readers, read, &list_transfers},
      {get, "/v1/transfers/{id}", readers, read, &get_transfer},
      {post, "/v1/transfers/{id}/post", writers, transfer, &post_transfer},
      {post, "/v1/transfers/{id}/void", writers, transfer, &void_transfer},
      {post, "/v1/transfers/{id}/reverse", writers, transfer, &reverse_transfer},
      {post, "/v1/standing-orders", writers, write, &create_order},
      {get, "/v1/standing-orders", readers, read, &list_orders},
      {get, "/v1/standing-orders/{id}", readers, read, &get_order},
      {del, "/v1/standing-orders/{id}", writers, write, &delete_order},
      {post, "/v1/accounts", writers, write, &open_account},
      {get, "/v1/accounts", readers, read, &list_accounts},
      {get, "/v1/accounts/{id}", readers, read, &get_account},
      {patch, "/v1/accounts/{id}", admin, write, &change_account},
      {get, "/v1/accounts/{id}/history", readers, read, &get_history},
      {get, "/v1/accounts/{id}/balance", readers, read, &get_balance},
      {get, "/v1/accounts/{id}/statement", readers, read, &get_statement},
      {get, "/v1/search", readers, searching, &search},
      {get, "/v1/events", readers, read, &follow_events},
      {get, "/v1/ws", readers, read, &open_websocket},
      {post, "/v1/jobs", writers, write, &create_job, nullptr, admin},
      {get, "/v1/jobs", readers, read, &list_jobs},
      {get, "/v1/jobs/{id}", readers, read, &get_job},
      {del, "/v1/jobs/{id}", writers, write, &cancel_job},
      {get, "/v1/admin/money", overseers, read, &get_money},
      {post, "/v1/admin/tokens", admin, write, &create_token},
      {get, "/v1/admin/tokens", admin, read, &list_tokens},
      {del, "/v1/admin/tokens/{id}", admin, write, &revoke_token},
      {get, "/v1/admin/overview", overseers, read, &get_overview},
      {get, "/v1/admin/actors", overseers, read, &get_actors},
      {get, "/v1/admin/config", overseers, read, &get_config},
      {get, "/v1/admin/requests", overseers, searching, &get_requests},
      {get, "/v1/admin/errors", overseers, searching, &get_errors},
      {get, "/v1/admin/history", overseers, searching, &get_node_history},
      {get, "/metrics", anyone, read, &scrape_metrics, nullptr, 0, false, true},
      {get, "/livez", anyone, read, nullptr, &live, 0, false, true},
      {get, "/readyz", anyone, read, nullptr, &ready, 0, false, true},
      {get, "/healthz", anyone, read, nullptr, &ready, 0, false, true},
      {get, "/openapi.json", anyone, read, nullptr, &openapi},
      {get, "/", anyone, read, nullptr, &page},
      {get, "/admin", anyone, read, nullptr, &page},
      {get, "/pages/admin/{id}", anyone, read, nullptr, &page},
      {get, "/pages/common/{id}", anyone, read, nullptr, &page},
      {get, "/pages/customer/{id}", anyone, read, nullptr, &page},
  }};
  return routes;
}

}  // namespace bank::api
