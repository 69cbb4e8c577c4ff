#include "bank/node/node.hpp"

#include <functional>
#include <utility>

#include "bank/api/events/event_text.hpp"
#include "bank/api/events/node_events.hpp"
#include "bank/api/observe/log.hpp"
#include "bank/json/object_writer.hpp"
#include "bank/node/demo.hpp"
#include "bank/node/listening.hpp"
#include "bank/node/tokens.hpp"
#include "bank/storage/startup_error.hpp"
#include "lifeline/context/watch.hpp"

namespace bank::node {
namespace {

using lifeline::context;
using lifeline::still_stopping;

/// Time limit for the tokens and accounts of a first start.
constexpr auto first_steps_timeout = std::chrono::seconds(30);

/// Long enough for a test to observe the node before the crash.
constexpr auto crash_after = std::chrono::seconds(3);

/// Stands in the tree for the server's threads, which are no actors and survive their exceptions.
/// It ends with each exception, so that the restart history shows and limits them.
caf::behavior run_http(caf::event_based_actor*) {
  return {[](const context&) {}};
}

/// Holds a task's token; calls `f` once if the task's share of the time ends before.
still_stopping or_else(const context& ctx, still_stopping token, std::function<void()> f) {
  struct held {
    still_stopping token;
    lifeline::after_func_handle late;
    held(still_stopping t, lifeline::after_func_handle l)
        : token(std::move(t)), late(std::move(l)) {}
    held(const held&) = delete;
    held& operator=(const held&) = delete;
    ~held() { late.stop(); }
  };
  return std::make_shared<held>(std::move(token), after_func(ctx, std::move(f)));
}

/// Calls `f` when its last copy is dropped.
std::shared_ptr<const void> when_dropped(std::function<void()> f) {
  struct held {
    std::function<void()> f;
    explicit held(std::function<void()> g) : f(std::move(g)) {}
    held(const held&) = delete;
    held& operator=(const held&) = delete;
    ~held() { f(); }
  };
  return std::make_shared<held>(std::move(f));
}

/// Publishes each change of the store's circuit breaker as an event of the node.
store_guard_options publishing_changes(lifeline::topic to) {
  using lifeline::guards::circuit;
  store_guard_options o;
  o.on_change = [to = std::move(to)](circuit before, circuit now) {
    const bool raised = now != circuit::closed;
    std::string json;
    {
      json::object_writer w(json);
      w.text("what", "store");
      w.flag("raised", raised);
      w.text("state", to_string(now));
      w.text("before", to_string(before));
    }
    to.publish(api::system_alarm{std::move(json), raised});
  };
  return o;
}

}  // namespace

node::node(const configuration& c, stores kept, const std::filesystem::path& data_dir,
           stop_request& stop, lifeline::shutdown_sequence& end,
           std::function<std::uint64_t()> dropped_lines)
    : config_(c),
      dropped_lines_(std::move(dropped_lines)),
      history_(std::make_shared<lifeline::supervision_history>()),
      observation_(config_, lifeline::process_clock(), history_),
      kept_(observation_.watching(std::move(kept))),
      runtime_(std::make_unique<lifeline::runtime>(c.runtime)),
      bus_(std::make_unique<lifeline::event_bus>(runtime_->system())),
      guard_(std::make_unique<store_guard>(*runtime_, probe_of(*kept_.books),
                                           publishing_changes(bus_->topic(api::system_topic)))) {
  kept_.books->around(*guard_);
  kept_.books->around(versions_);
  start_tree(stop);
  start_server();
  const auto first_steps = with_timeout(stop.ctx(), first_steps_timeout);
  provide_admin_token(first_steps.ctx(), *kept_.tokens, data_dir);
  if (config_.demo) seed_demo(first_steps.ctx(), *runtime_, *ledger_, kept_, data_dir);
  background_->recover(first_steps.ctx());
  register_stops(end);
}

/// The tree ends first, so that no actor restarts while its parts are destroyed.
node::~node() { tree_.reset(); }

// -- starting -------------------------------------------------------------------------------------

/// Order of start: the ledger, the guards, background work, HTTP.
void node::start_tree(stop_request& stop) {
  config_.ledger.events = bus_->topic(api::ledger_topic, {.window = config_.events_window,
                                                          .window_bytes = config_.events_bytes,
                                                          .size_of = &api::size_of});
  config_.ledger.events_again = config_.events_window;
  config_.ledger.measures = observation_.measures();
  config_.ledger.traces = observation_.traces();
  observation_.open(
      *runtime_, kept_, *bus_, [this] { return background_->job_figures(); }, dropped_lines_);
  const auto lost = [&stop](std::string why) {
    log::error("the node can't go on: {}", why);
    stop.ask(exit_status::failed, std::move(why));
  };
  ledger_ =
      std::make_unique<lifeline::ledger::ledger>(*runtime_, *kept_.books, config_.ledger, lost);
  const auto how = tree_how();
  limits_ =
      std::make_unique<api::rate_guard>(*runtime_, config_.rate_limit, observation_.measures(),
                                        observation_.meter_of("rate_limiter"));
  if (config_.cache.entries > 0) start_cache();
  background_ = std::make_unique<background>(*runtime_, *ledger_, kept_, config_.background,
                                             bus_->topic(api::jobs_topic), observation_.meter(),
                                             observation_.meter_of("ticker"));
  tree_ = std::make_unique<node_tree>(*runtime_, how, ledger_->children(how), lost);
  if (tree_->failure().empty()) return;
  const auto why = ledger_->start_failure();
  throw storage::startup_error("the ledger can't start: " + (why ? why->detail : tree_->failure()) +
                               "; repair the store, or use another --data-dir");
}

void node::start_cache() {
  if (!config_.cache.redis_url.empty())
    redis_ = std::make_unique<redis_cache>(runtime_->background(), config_.cache,
                                           observation_.measures());
  cache_ = std::make_unique<api::read_cache>(
      *runtime_, *kept_.books, versions_, config_.cache, observation_.measures(),
      observation_.meter_of("cache_shard"), redis_ ? redis_->tier() : nullptr);
}

void node::start_server() {
  api::services what{*runtime_, *ledger_, *kept_.books, *kept_.tokens, [this] { return ready(); }};
  what.store_breaker = &guard_->breaker();
  what.jobs = &background_->jobs();
  what.events = bus_.get();
  what.limits = limits_.get();
  what.cache = cache_.get();
  what.watch = observation_.watch();
  what.operations = observation_.operations();
  what.on_due_time = [this](lifeline::wall_time at) { background_->wake_due_ticker(at); };
  what.on_order_due_time = [this](lifeline::wall_time at) { background_->wake_order_ticker(at); };
  what.failed = [http = http_](const std::string& why) {
    lifeline::exit_first(caf::actor_cast<caf::strong_actor_ptr>(http.current()),
                         caf::make_error(caf::sec::runtime_error, why));
  };
  try {
    server_ = std::make_unique<api::server>(std::move(what), config_.http);
  } catch (const std::system_error& e) {
    throw storage::startup_error(
        explain_listen_error(config_.http.listen, config_.http.port, e.code()));
  }
}

lifeline::child_spec node::http_child() {
  lifeline::child_spec spec;
  spec.policy.name = "http";
  spec.ref = http_;
  spec.start = [this](const lifeline::incarnation& me) -> caf::actor {
    server_->start();
    return me.supervisor()->spawn(run_http);
  };
  return spec;
}

void node::serve() {
  phase_ = phase::serving;
  add(limits_->limiter());
  if (cache_) add(cache_->shards(tree_how()));
  add(background_->tickers(tree_how()));
  add(http_child());
  if (observation_.keeps_requests()) add(observation_.log_sink());
  crash_as_told();
}

void node::add(lifeline::child_spec child) {
  served_by_.emplace(child.policy.name, child.ref);
  const std::string why = tree_->add(std::move(child));
  if (!why.empty()) throw storage::startup_error("the node can't serve: " + why);
}

/// The actor ends as if its handler had thrown; the tree does the rest.
void node::crash_as_told() {
  if (config_.crash_actor.empty()) return;
  const auto found = served_by_.find(config_.crash_actor);
  if (found == served_by_.end())
    throw storage::startup_error(
        "BANK_FAULT_CRASH_ACTOR, which is for tests, names an unknown "
        "actor: " +
        config_.crash_actor);
  log::warn("BANK_FAULT_CRASH_ACTOR is set, as in a test: actor {} will fail", found->first);
  until_crash_.emplace(with_timeout(runtime_->background(), crash_after));
  after_func(until_crash_->ctx(), [victim = found->second, ctx = until_crash_->ctx()] {
    if (ctx.err() != lifeline::errc::deadline_exceeded) return;  // the node stops first
    lifeline::exit_first(
        caf::actor_cast<caf::strong_actor_ptr>(victim.current()),
        caf::make_error(caf::sec::runtime_error, "made to fail by BANK_FAULT_CRASH_ACTOR"));
  });
}

std::uint16_t node::port() const noexcept { return server_->port(); }

api::readiness node::ready() const {
  using lifeline::guards::circuit;
  using status = api::node_status;
  switch (phase_.load()) {
    case phase::starting: return {status::starting, "starting"};
    case phase::shutting_down: return {status::shutting_down, "shutting down"};
    case phase::serving: break;
  }
  if (std::string why = guard_->closed_off(); !why.empty()) {
    const bool is_closed = guard_->breaker().state() == circuit::closed;
    return {is_closed ? status::store_read_only : status::store_unavailable, std::move(why)};
  }
  using lifeline::ledger::ledger_state;
  const ledger_state state = ledger_->state();
  const std::string why(reason_of(state));
  switch (state) {
    case ledger_state::healthy: break;
    case ledger_state::starting: return {status::ledger_starting, why};
    case ledger_state::commit_unknown: return {status::commit_unknown, why};
  }
  return {};
}

// -- stopping -------------------------------------------------------------------------------------

void node::register_stops(lifeline::shutdown_sequence& end) {
  stops_.push_back(
      end.add("stop accepting", "http", [this](const context&, still_stopping stopping) {
        phase_ = phase::shutting_down;
        server_->stop_accepting(std::move(stopping));
      }));
  // Event streams are running requests: the closing event ends them, else the drain waits for them.
  stops_.push_back(end.add("stop accepting", "events", [this](const context&, still_stopping) {
    bus_->topic(api::system_topic).publish(api::system_closing{});
    bus_->close();
  }));
  // A cancelled request is answered as such, and its statement is cancelled.
  stops_.push_back(
      end.add("drain", "requests", [this](const context& ctx, still_stopping stopping) {
        server_->when_no_requests(
            or_else(ctx, std::move(stopping), [this] { server_->cut_short_requests(); }));
      }));
  stops_.push_back(
      end.add("drain", "connections", [this](const context& ctx, still_stopping stopping) {
        server_->when_no_connections(
            or_else(ctx, std::move(stopping), [this] { server_->cut_short_requests(); }));
      }));
  // Calls and writes are counted once no request runs that could start more of them.
  stops_.push_back(end.add("drain", "statements", [this](const context&, still_stopping stopping) {
    server_->when_no_requests(when_dropped(
        [this, s = std::move(stopping)]() mutable { server_->when_no_calls(std::move(s)); }));
  }));
  stops_.push_back(end.add("drain", "writes", [this](const context&, still_stopping stopping) {
    server_->when_no_requests(when_dropped(
        [this, s = std::move(stopping)]() mutable { ledger_->when_answered(std::move(s)); }));
  }));
  register_background_stops(end);
  stops_.push_back(end.add("flush", "ledger", [this](const context&, still_stopping stopping) {
    tree_->stop(std::move(stopping));
  }));
}

void node::register_background_stops(lifeline::shutdown_sequence& end) {
  stops_.push_back(
      end.add("stop background", "jobs", [this](const context& ctx, still_stopping stopping) {
        background_->stop_jobs(ctx, std::move(stopping));
      }));
  stops_.push_back(end.add(
      "stop background", "tickers",
      [this](const context&, still_stopping stopping) { background_->stop_tickers(stopping); }));
}

std::vector<std::string> node::waits_for(std::string_view task) const {
  if (task == "requests") return {std::to_string(server_->running_requests()) + " running"};
  if (task == "statements") return server_->running_calls();
  if (task == "jobs") return background_->running_jobs();
  if (task == "writes" || task == "ledger") return ledger_->under_way();
  return {};
}

}  // namespace bank::node
