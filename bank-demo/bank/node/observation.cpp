#include "bank/node/observation.hpp"

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "bank/api/events/node_events.hpp"
#include "bank/api/observe/figure_history.hpp"
#include "bank/api/observe/log.hpp"
#include "bank/api/observe/operations_service.hpp"
#include "bank/api/observe/otlp_exporter.hpp"
#include "bank/json/object_writer.hpp"
#include "bank/node/config_json.hpp"
#include "bank/node/tree_roster.hpp"
#include "bank/node/version.hpp"
#include "bank/storage/measured_calls.hpp"
#include "lifeline/guards/log_sink.hpp"

namespace bank::node {
namespace {

using lifeline::context;
using lifeline::guards::log_queue;

/// A row of the request log, or a figure for the history.
struct log_row {
  std::optional<storage::request_row> request = {};
  storage::figure_row figure = {};
};

storage::log_batch batch_of(std::vector<log_row> rows) {
  storage::log_batch b;
  b.requests.reserve(rows.size());
  for (log_row& r : rows) {
    if (r.request) {
      b.requests.push_back(std::move(*r.request));
    } else {
      b.figures.push_back(std::move(r.figure));
    }
  }
  return b;
}

lifeline::error write_rows(storage::request_store& to, const context& ctx,
                           std::vector<log_row> rows) {
  const auto added = to.add(ctx, batch_of(std::move(rows)));
  if (added) return {};
  return {make_error_code(std::errc::io_error), added.error().detail};
}

std::string text_of(bool raised, const api::traffic& now) {
  std::string out;
  {
    json::object_writer o(out);
    o.text("what", "error_rate");
    o.flag("raised", raised);
    o.real("error_rate", now.error_share());
    o.number("requests", now.requests);
    o.number("errors", now.errors);
    o.number("window_seconds", api::traffic_window::seconds);
  }
  return out;
}

void tell_of_alarm(const lifeline::topic& to, bool raised, const api::traffic& now) {
  log::at(raised ? log::level::error : log::level::info,
          "{}: {} of {} requests of the last minute failed ({:.1f} %)",
          raised ? "too many requests fail" : "requests succeed again", now.errors, now.requests,
          now.error_share() * 100);
  to.publish(api::system_alarm{text_of(raised, now), raised});
}

api::request_watch_options watch_options(const observe_options& o) {
  api::request_watch_options w;
  w.slow = o.slow_request;
  w.alarm.alarm_share = static_cast<double>(o.alarm_percent) / 100;
  w.keeps_rows = o.request_log;
  return w;
}

/// The metrics kept over time.
constexpr std::array kept_figures{"bank_http_requests_total", "bank_journal_batch_entries",
                                  "bank_store_calls_total", "bank_journal_failed_commits_total"};

}  // namespace

struct observation::parts {
  parts(const configuration& c, lifeline::clock& t,
        std::shared_ptr<lifeline::supervision_history> h)
      : config(c), time(t), started(t.wall_now()), history(std::move(h)) {
    if (!config.observe.enabled || config.observe.trace_endpoint.empty()) return;
    exporter = api::make_otlp_exporter(
        {config.observe.trace_endpoint, config.observe.trace_queue, std::string(version)},
        measures);
    traces.emplace(*exporter, static_cast<double>(config.observe.trace_per_mille) / 1'000, time);
  }

  std::optional<api::money_reading> read_money() {
    const std::lock_guard lock(mutex);
    return money;
  }
  void note(lifeline::ledger::money_totals t) {
    for (const auto& c : t.currencies)
      if (c.sum != 0)
        log::error("money: the balances in {} sum to {} instead of 0", c.unit.code(), c.sum);
    const std::lock_guard lock(mutex);
    money = api::money_reading{std::move(t), time.wall_now()};
  }
  void note_figures() {
    if (!rows) return;
    const auto now = time.wall_now();
    for (const char* name : kept_figures) rows->submit({{}, {now, name, measures.sum_of(name)}});
    const auto t = watch->last_minute();
    rows->submit({{}, {now, api::kept_figure::requests, static_cast<double>(t.requests)}});
    rows->submit({{}, {now, api::kept_figure::errors, static_cast<double>(t.errors)}});
    rows->submit({{}, {now, api::kept_figure::p50, t.p50}});
    rows->submit({{}, {now, api::kept_figure::p95, t.p95}});
    rows->submit({{}, {now, api::kept_figure::p99, t.p99}});
  }

  const configuration& config;
  lifeline::clock& time;
  const lifeline::wall_time started;
  const std::shared_ptr<lifeline::supervision_history> history;
  lifeline::metrics measures;
  std::map<std::string, lifeline::actor_meter> actor_meters;
  std::optional<storage::measured_calls> store_calls;
  lifeline::metrics::collector pool;
  std::unique_ptr<api::span_exporter> exporter;
  std::optional<lifeline::tracer> traces;
  tree_roster roster;
  std::atomic<std::uint64_t> verified{0};

  lifeline::runtime* rt = nullptr;
  lifeline::ledger::ledger_reader* books = nullptr;
  std::shared_ptr<log_queue<log_row>> rows;
  std::optional<api::request_watch> watch;
  std::optional<api::operations_service> operations;

  std::mutex mutex;
  std::optional<api::money_reading> money;
};

observation::observation(const configuration& c, lifeline::clock& time,
                         std::shared_ptr<lifeline::supervision_history> history)
    : parts_(std::make_unique<parts>(c, time, std::move(history))) {}
observation::~observation() = default;

lifeline::metrics* observation::measures() noexcept {
  return parts_->config.observe.enabled ? &parts_->measures : nullptr;
}
lifeline::actor_meter* observation::meter_of(const std::string& kind) {
  if (!parts_->config.observe.enabled) return nullptr;
  auto& all = parts_->actor_meters;
  const auto found = all.find(kind);
  if (found != all.end()) return &found->second;
  return &all.emplace(kind, lifeline::actor_meter(parts_->measures, kind, parts_->time))
              .first->second;
}
const lifeline::tracer* observation::traces() const noexcept {
  return parts_->traces ? &*parts_->traces : nullptr;
}
api::request_watch* observation::watch() const noexcept {
  return parts_->watch ? &*parts_->watch : nullptr;
}
const api::operations_service* observation::operations() const noexcept {
  return parts_->operations ? &*parts_->operations : nullptr;
}
bool observation::keeps_requests() const noexcept { return parts_->rows != nullptr; }

stores observation::watching(stores kept) {
  if (!parts_->config.observe.enabled) return kept;
  kept.books->around(parts_->store_calls.emplace(parts_->measures, parts_->time));
  parts_->books = kept.books.get();
  if (kept.pool)
    parts_->pool = parts_->measures.collect([read = kept.pool](lifeline::metrics_writer& w) {
      const pool_figures f = read();
      w.gauge("bank_store_pool_connections", "Connections of the store's pool in use.",
              static_cast<double>(f.in_use));
      w.gauge("bank_store_pool_limit", "Connections that the store's pool may have.",
              static_cast<double>(f.most));
    });
  if (kept.verify)
    kept.verify = [p = parts_.get(), real = std::move(kept.verify)](
                      const context& ctx, const storage::on_verify_progress& progress) {
      auto found = real(ctx, progress);
      if (found && !found->broken) p->verified = found->sequence;
      return found;
    };
  return kept;
}

lifeline::supervisor_options observation::watching(lifeline::supervisor_options how) {
  how.on_event = [p = parts_.get(),
                  told = std::move(how.on_event)](const lifeline::supervision_event& e) {
    p->roster.record(e);
    if (told) told(e);
  };
  return how;
}

void observation::open(lifeline::runtime& rt, stores& kept, lifeline::event_bus& bus,
                       std::function<lifeline::job_pool_figures()> jobs,
                       std::function<std::uint64_t()> dropped_lines) {
  parts& p = *parts_;
  p.rt = &rt;
  if (!p.config.observe.enabled) return;
  if (p.config.observe.request_log && kept.requests)
    p.rows = std::make_shared<log_queue<log_row>>(
        p.config.observe.log_queue,
        [store = kept.requests.get()](const context& ctx, std::vector<log_row> rows) {
          return write_rows(*store, ctx, std::move(rows));
        });
  api::request_watch::keep_row keep;
  if (p.rows) keep = [rows = p.rows](storage::request_row r) { rows->submit({std::move(r), {}}); };
  p.watch.emplace(p.measures, watch_options(p.config.observe), p.time, traces(), std::move(keep),
                  [to = bus.topic(api::system_topic)](bool raised, const api::traffic& now) {
                    tell_of_alarm(to, raised, now);
                  });
  api::operations_service::parts d{p.measures, *p.watch};
  d.requests = p.rows ? kept.requests.get() : nullptr;
  d.history = p.history.get();
  d.actors = [&p] { return p.roster.json(); };
  d.config = [&p] { return config_json(p.config); };
  d.money = [&p] { return p.read_money(); };
  d.verified = [&p] { return p.verified.load(); };
  if (p.rows)
    d.rows = [rows = p.rows]() -> api::row_figures {
      const auto f = rows->figures();
      return {f.written, f.dropped, f.waiting};
    };
  d.dropped_lines = std::move(dropped_lines);
  d.jobs = std::move(jobs);
  d.version = version;
  d.started = p.started;
  d.public_metrics = p.config.observe.public_metrics;
  p.operations.emplace(std::move(d));
}

lifeline::child_spec observation::log_sink() {
  lifeline::guards::log_sink_options how;
  how.pace.linger = parts_->config.observe.log_linger;
  how.pace.share = static_cast<double>(parts_->config.observe.log_budget_percent) / 100;
  how.on_change = [](bool trouble, const std::string& words) {
    log::at(trouble ? log::level::warn : log::level::info, "request log: {}", words);
  };
  lifeline::child_spec spec;
  spec.policy.name = "request_log";
  spec.policy.shutdown_time = parts_->config.observe.log_shutdown;
  spec.ref = parts_->rows->sink();
  spec.start = [p = parts_.get(), how, meter = meter_of("log_sink")](const lifeline::incarnation&) {
    return spawn_log_sink(p->rt->system(), p->rt->background(), p->rt->blocking(), p->rows, how,
                          meter);
  };
  return spec;
}

lifeline::round_function observation::meter() {
  if (!parts_->config.observe.enabled) return nullptr;
  return [p = parts_.get()](const lifeline::tick& t) {
    p->note_figures();
    t.item(blocking_item(t.self(), p->rt->blocking(), lifeline::lane::report,
                         [p](const context& ctx) -> lifeline::error {
                           auto totals = p->books->totals(ctx);
                           if (!totals)
                             return {make_error_code(std::errc::io_error), totals.error().detail};
                           p->note(std::move(*totals));
                           return {};
                         }));
  };
}

}  // namespace bank::node
