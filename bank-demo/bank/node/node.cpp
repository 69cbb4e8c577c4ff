#include "bank/node/node.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "bank/node/demo.hpp"
#include "bank/node/listening.hpp"
#include "bank/node/tokens.hpp"
#include "bank/storage/startup_error.hpp"

namespace bank::node {
namespace {

/// For the tokens and accounts of a first start.
constexpr auto first_steps_timeout = std::chrono::seconds(30);

}  // namespace

node::node(const configuration& c, stores kept, const std::filesystem::path& data_dir,
           stop_request& stop)
    : config_(c), kept_(std::move(kept)), runtime_(std::make_unique<lifeline::runtime>(c.runtime)) {
  start_ledger(stop);
  start_server();
  const auto first_steps = with_timeout(stop.ctx(), first_steps_timeout);
  provide_admin_token(first_steps.ctx(), *kept_.tokens, data_dir);
  if (config_.demo) seed_demo(first_steps.ctx(), *runtime_, *ledger_, kept_, data_dir);
}

node::~node() = default;

void node::start_ledger(stop_request& stop) {
  auto started = lifeline::ledger::ledger::start(*runtime_, *kept_.books, config_.ledger,
                                                 [&stop](std::string why) {
                                                   spdlog::error("the node can't go on: {}", why);
                                                   stop.ask(exit_status::failed, std::move(why));
                                                 });
  if (!started)
    throw storage::startup_error("the ledger can't start: " + started.error().detail +
                                 "; see to the store, or use another --data-dir");
  ledger_ = *std::move(started);
}

void node::start_server() {
  const api::services what{*runtime_, *ledger_, *kept_.books, *kept_.tokens,
                           [this] { return unready(); }};
  try {
    server_ = std::make_unique<api::server>(what, config_.http);
  } catch (const std::system_error& e) {
    throw storage::startup_error(
        explain_listen_error(config_.http.listen, config_.http.port, e.code()));
  }
}

void node::serve() {
  phase_ = phase::serving;
  server_->start();
}

std::uint16_t node::port() const noexcept { return server_->port(); }

std::string node::unready() const {
  switch (phase_.load()) {
    case phase::starting: return "starting";
    case phase::shutting_down: return "shutting down";
    case phase::serving: break;
  }
  return ledger_->healthy() ? std::string() : "the store's last commit is being resolved";
}

std::vector<std::string> node::stop() {
  return stop_in_order(runtime_->background(), config_.shutdown_timeout, steps());
}

stop_steps node::steps() {
  return {[this] {
            phase_ = phase::shutting_down;
            server_->stop_accepting();
          },
          [this](const lifeline::context& ctx) { return server_->drain(ctx); },
          [this] { server_->cancel_requests(); },
          [this] { return server_->running_requests(); },
          [this](const lifeline::context& ctx) { return ledger_->stop(ctx); },
          [this] { return ledger_->in_flight(); }};
}

}  // namespace bank::node
