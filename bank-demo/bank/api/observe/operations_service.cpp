#include "bank/api/observe/operations_service.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "bank/api/server/server_state.hpp"
#include "bank/json/object_writer.hpp"

namespace bank::api {

namespace {

using lifeline::lane;
using lifeline::metrics;

constexpr std::array lanes{lane::commit, lane::read, lane::background, lane::report, lane::log};
/// Subscribers listed, those with the largest lag.
constexpr std::size_t most_subscribers = 20;
/// Texts of the metrics made per period.
constexpr std::chrono::milliseconds metrics_period{250};
constexpr int most_metrics = 8;
constexpr std::array kinds{"journal", "transaction_processor", "order_processor", "directory_shard",
                           "account", "rate_limiter",          "cache_shard",     "ticker",
                           "log_sink"};

void append_traffic(json::object_writer& o, const operations_service::parts& p,
                    const server_state& server) {
  const traffic t = p.watch.last_minute();
  o.number("requests", static_cast<std::uint64_t>(p.measures.sum_of("bank_http_requests_total")));
  o.number("in_flight", server.running.count());
  o.number("connections", server.connections.load());
  o.flag("alarm", p.watch.alarmed());
  o.object("last_minute", [&](json::object_writer& m) {
    m.number("requests", t.requests);
    m.number("errors", t.errors);
    m.real("per_second", t.seconds > 0 ? static_cast<double>(t.requests) / t.seconds : 0);
    m.real("error_share", t.error_share());
    m.real("p50_ms", t.p50 * 1e3);
    m.real("p95_ms", t.p95 * 1e3);
    m.real("p99_ms", t.p99 * 1e3);
  });
}

const char* to_string(node_status s) noexcept {
  switch (s) {
    case node_status::serving: return "serving";
    case node_status::starting: return "starting";
    case node_status::shutting_down: return "shutting_down";
    case node_status::store_unavailable: return "store_unavailable";
    case node_status::store_read_only: return "store_read_only";
    case node_status::ledger_starting: return "ledger_starting";
    case node_status::commit_unknown: return "commit_unknown";
  }
  return "";
}

/// Of all observations since the start, in milliseconds.
void append_times(json::object_writer& o, const metrics& m, const char* name) {
  const auto* h = m.find_histogram(name);
  if (h == nullptr) return;
  const auto now = h->read();
  o.number("count", now.count);
  o.real("p50_ms", now.quantile(0.5, h->buckets()) * 1e3);
  o.real("p95_ms", now.quantile(0.95, h->buckets()) * 1e3);
  o.real("p99_ms", now.quantile(0.99, h->buckets()) * 1e3);
}

void append_ledger(json::object_writer& o, const metrics& m,
                   const lifeline::ledger::ledger& books) {
  const auto state = books.state();
  o.flag("healthy", state == lifeline::ledger::ledger_state::healthy);
  if (const auto why = reason_of(state); !why.empty()) o.text("reason", why);
  o.number("in_flight", books.in_flight());
  o.object("durable", [&](auto& d) { append_times(d, m, "bank_transfer_durable_seconds"); });
}

void append_journal(json::object_writer& o, const metrics& m,
                    const lifeline::ledger::ledger& books) {
  o.number("waiting_entries", books.waiting_entries());
  if (const auto* h = m.find_histogram("bank_journal_batch_entries")) {
    const auto now = h->read();
    o.number("commits", now.count);
    o.number("entries", static_cast<std::uint64_t>(now.sum));
    o.real("entries_per_commit", now.count == 0 ? 0 : now.sum / static_cast<double>(now.count));
  }
  o.number("failed_commits",
           static_cast<std::uint64_t>(m.sum_of("bank_journal_failed_commits_total")));
  o.object("commit", [&](auto& d) { append_times(d, m, "bank_journal_commit_duration_seconds"); });
}

void append_store(json::object_writer& o, const operations_service::parts& p,
                  const server_state& server) {
  if (const auto* breaker = server.what.store_breaker)
    o.object("breaker", [&](json::object_writer& b) {
      b.text("state", lifeline::guards::to_string(breaker->state()));
      b.number(
          "retry_after_ms",
          std::chrono::duration_cast<std::chrono::milliseconds>(breaker->retry_after()).count());
    });
  o.number("calls", static_cast<std::uint64_t>(p.measures.sum_of("bank_store_calls_total")));
  o.number("failed_calls", static_cast<std::uint64_t>(p.measures.sum_of("bank_store_calls_total",
                                                                        {{"outcome", "failed"}})));
  o.list("lanes", lanes, [&](json::object_writer& l, lane which) {
    const auto f = server.what.rt.blocking().figures(which);
    l.text("lane", to_string(which));
    l.number("threads", f.threads);
    l.number("waiting", f.waiting);
    l.number("running", f.running);
    l.number("done", f.done);
    l.number("refused", f.refused);
  });
}

void append_counts(json::object_writer& o, const metrics& m, const char* name, const char* label,
                   std::initializer_list<const char*> values) {
  for (const char* v : values)
    o.number(v, static_cast<std::uint64_t>(m.sum_of(name, {{label, v}})));
}

void append_bus(json::object_writer& o, const lifeline::event_bus& bus) {
  const auto l = bus.losses().read();
  o.number("subscribers", bus.subscribers());
  auto all = bus.figures();
  std::ranges::sort(all, [](const auto& a, const auto& b) {
    return std::pair(a.counts.pending, a.counts.missed) >
           std::pair(b.counts.pending, b.counts.missed);
  });
  o.number("most_behind", all.empty() ? 0 : all.front().counts.pending);
  o.number("delivered", l.handled);
  o.number("missed", l.dropped);
  all.resize(std::min(all.size(), most_subscribers));
  o.list("furthest_behind", all, [](json::object_writer& s, const lifeline::subscriber_figures& f) {
    s.text("kind", f.kind);
    s.text("who", f.who);
    s.number("lag", f.counts.pending);
    s.number("missed", f.counts.missed);
    s.number("delivered", f.counts.delivered);
  });
}

void append_jobs(json::object_writer& o, const lifeline::job_pool_figures& f) {
  o.number("waiting", f.waiting);
  o.number("running", f.running);
  o.number("succeeded", f.succeeded);
  o.number("failed", f.failed);
  o.number("cancelled", f.cancelled);
  o.number("interrupted", f.interrupted);
  o.number("refused", f.refused);
}

void append_restarts(json::object_writer& o, const lifeline::supervision_history& history) {
  const auto c = history.totals();
  o.number("starts", c.starts);
  o.number("failures", c.failures);
  o.number("kills", c.kills);
  o.number("abandoned", c.abandoned);
  o.number("escalations", c.escalations);
}

void append_messages(json::object_writer& o, const lifeline::loss::counts& c) {
  o.number("offered", c.offered);
  o.number("handled", c.handled);
  o.number("expired", c.expired);
  o.number("cancelled", c.cancelled);
  o.number("dropped", c.dropped);
  o.number("dead_lettered", c.dead_lettered);
  o.number("in_flight", c.in_flight);
  o.flag("balances", c.balances());
}

void append_money(json::object_writer& o, const money_reading& r, lifeline::wall_time now) {
  o.time("at", r.at);
  o.number("sequence", r.totals.sequence);
  if (r.totals.oldest_hold) {
    const auto age = now - *r.totals.oldest_hold;
    o.real("oldest_hold_seconds", std::chrono::duration<double>(age).count());
  } else {
    o.null("oldest_hold_seconds");
  }
  o.list("currencies", r.totals.currencies,
         [](json::object_writer& c, const lifeline::ledger::currency_total& t) {
           c.text("currency", t.unit.code());
           c.number("sum", t.sum);
           c.number("pending", t.pending);
         });
}

}  // namespace

std::shared_ptr<const std::string> operations_service::metrics_text(
    lifeline::time_point now) const {
  const std::lock_guard lock(mutex_);
  if (now - metrics_since_ >= metrics_period) {
    metrics_since_ = now;
    metrics_made_ = 0;
  }
  if (!metrics_ || ++metrics_made_ <= most_metrics)
    metrics_ = std::make_shared<const std::string>(parts_.measures.text());
  return metrics_;
}

std::string operations_service::overview(const server_state& server) const {
  const parts& p = parts_;
  const auto& what = server.what;
  const auto now = what.rt.time().wall_now();
  const readiness ready = server.ready();
  std::string out;
  {
    json::object_writer o(out);
    o.text("version", p.version);
    o.time("now", now);
    o.time("started_at", p.started);
    o.real("uptime_seconds", std::chrono::duration<double>(now - p.started).count());
    o.text("status", to_string(ready.status));
    o.text("state", ready.reason.empty() ? "serving" : ready.reason);
    o.object("traffic", [&](auto& t) { append_traffic(t, p, server); });
    o.object("ledger", [&](auto& l) { append_ledger(l, p.measures, what.books); });
    o.object("journal", [&](auto& j) { append_journal(j, p.measures, what.books); });
    o.object("store", [&](auto& s) { append_store(s, p, server); });
    o.object("cache", [&](auto& c) {
      append_counts(c, p.measures, "bank_cache_requests_total", "result",
                    {"hit", "redis", "stale", "miss", "absent", "failed"});
    });
    o.object("limiter", [&](auto& l) {
      append_counts(l, p.measures, "bank_rate_limit_requests_total", "outcome",
                    {"admitted", "refused_caller", "refused_node"});
    });
    if (what.events != nullptr) o.object("bus", [&](auto& b) { append_bus(b, *what.events); });
    if (p.jobs) o.object("jobs", [&](auto& j) { append_jobs(j, p.jobs()); });
    if (p.history != nullptr)
      o.object("restarts", [&](auto& r) { append_restarts(r, *p.history); });
    o.object("messages", [&](auto& m) { append_messages(m, what.books.losses().read()); });
    if (p.rows) {
      o.object("request_log", [&, f = p.rows()](auto& r) {
        r.number("written", f.written);
        r.number("dropped", f.dropped);
        r.number("waiting", f.waiting);
      });
    }
    if (p.dropped_lines)
      o.object("program_log", [&](auto& l) { l.number("dropped", p.dropped_lines()); });
    o.number("timers", what.rt.time().armed());
    const auto money = p.money ? p.money() : std::nullopt;
    if (money) {
      o.object("money", [&](auto& m) {
        append_money(m, *money, now);
        if (p.verified) m.number("verified_sequence", p.verified());
      });
    } else {
      o.null("money");
    }
  }
  return out;
}

std::string operations_service::actors() const {
  std::string out;
  {
    json::object_writer o(out);
    o.raw("tree", parts_.actors ? parts_.actors() : "[]");
    o.list("kinds", kinds, [&](json::object_writer& k, const char* kind) {
      const lifeline::metric_labels label{{"kind", kind}};
      const auto& m = parts_.measures;
      k.text("kind", kind);
      k.number("messages",
               static_cast<std::uint64_t>(m.sum_of("lifeline_actor_messages_total", label)));
      const auto add = [&](const char* name, const char* of, double q, double scale) {
        if (const auto* h = m.find_histogram(of, label))
          k.real(name, h->read().quantile(q, h->buckets()) * scale);
      };
      add("handler_p50_us", "lifeline_actor_handler_duration_seconds", 0.5, 1e6);
      add("handler_p99_us", "lifeline_actor_handler_duration_seconds", 0.99, 1e6);
      add("mailbox_p50", "lifeline_actor_mailbox_depth", 0.5, 1);
      add("mailbox_p99", "lifeline_actor_mailbox_depth", 0.99, 1);
    });
    if (parts_.history != nullptr) {
      o.list("events", parts_.history->read(), [](json::object_writer& e, const auto& event) {
        e.number("number", event.number);
        e.time("at", event.at);
        e.text("supervisor", event.supervisor);
        e.text("child", event.child);
        e.text("event", to_string(event.what));
        e.text("reason", event.reason);
      });
    }
  }
  return out;
}

}  // namespace bank::api
