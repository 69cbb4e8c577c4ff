#include "bank/api/observe/server_meters.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "bank/api/observe/operations_service.hpp"
#include "bank/api/server/server_state.hpp"

namespace bank::api {

namespace {

using lifeline::lane;
using lifeline::metrics_writer;

constexpr std::array lanes{lane::commit, lane::read, lane::background, lane::report, lane::log};

double number(std::uint64_t n) noexcept { return static_cast<double>(n); }

void read_memory(metrics_writer& w, const char* of, const lifeline::guards::memory_figures& f) {
  const lifeline::metric_labels label{{"of", of}};
  w.gauge("bank_http_memory_bytes",
          "Memory of requests and answers that counts for a bound: buffers of connections, and "
          "bulk bodies.",
          number(f.used), label);
  w.counter("bank_http_memory_refusals_total",
            "Requests and answers refused because a bound on memory was reached.",
            number(f.refused), label);
}

void read_lanes(metrics_writer& w, const lifeline::blocking_door& door) {
  for (const lane l : lanes) {
    const auto f = door.figures(l);
    const lifeline::metric_labels label{{"lane", std::string(to_string(l))}};
    w.gauge("lifeline_lane_threads", "Threads of a lane for blocking calls.", number(f.threads),
            label);
    w.gauge("lifeline_lane_waiting_jobs", "Blocking calls that wait for a thread of their lane.",
            number(f.waiting), label);
    w.gauge("lifeline_lane_running_jobs", "Blocking calls that run now.", number(f.running), label);
    w.counter("lifeline_lane_jobs_total", "Blocking calls that have ended.", number(f.done), label);
    w.counter("lifeline_lane_refused_jobs_total",
              "Blocking calls refused because their lane was full.", number(f.refused), label);
  }
}

void read_losses(metrics_writer& w, const char* where, const lifeline::loss& losses) {
  const auto c = losses.read();
  const auto add = [&](const char* outcome, std::uint64_t n) {
    w.counter("lifeline_messages_total",
              "Messages with a context that have ended, by part and outcome.", number(n),
              {{"where", where}, {"outcome", outcome}});
  };
  add("handled", c.handled);
  add("expired", c.expired);
  add("cancelled", c.cancelled);
  add("dropped", c.dropped);
  add("dead_lettered", c.dead_lettered);
  add("filtered", c.filtered);
  w.counter("lifeline_messages_offered_total", "Messages sent with a context, by part.",
            number(c.offered), {{"where", where}});
  w.gauge("lifeline_messages_in_flight",
          "Messages sent with a context that have not ended yet, by part.", number(c.in_flight),
          {{"where", where}});
}

void read_breaker(metrics_writer& w, const lifeline::guards::circuit_breaker& breaker) {
  using enum lifeline::guards::circuit;
  const auto now = breaker.state();
  for (const auto state : {closed, open, half_open})
    w.gauge("bank_store_breaker_state",
            "State of the store's circuit breaker (1: it is in this state, else 0).",
            now == state ? 1 : 0, {{"state", std::string(to_string(state))}});
}

void read_bus(metrics_writer& w, const lifeline::event_bus& bus) {
  struct lag {
    std::uint64_t subscribers = 0;
    std::uint64_t most = 0;
  };
  // Kinds are few: the code names them. Those of streams are shown even without subscribers.
  std::map<std::string, lag> by_kind{{"sse", {}}, {"websocket", {}}};
  lag of_all;
  for (const auto& s : bus.figures()) {
    for (lag* l : {&of_all, &by_kind[s.kind]}) {
      ++l->subscribers;
      l->most = std::max(l->most, s.counts.pending);
    }
  }
  w.gauge("lifeline_bus_subscribers", "Subscribers of the event bus.", number(of_all.subscribers));
  w.gauge("lifeline_bus_most_behind_events", "Largest lag of a subscriber, in events.",
          number(of_all.most));
  for (const auto& [kind, l] : by_kind) {
    w.gauge("lifeline_bus_kind_subscribers", "Subscribers of the event bus, by kind.",
            number(l.subscribers), {{"kind", kind}});
    w.gauge("lifeline_bus_kind_most_behind_events",
            "Largest lag of a subscriber of this kind, in events.", number(l.most),
            {{"kind", kind}});
  }
  read_losses(w, "bus", bus.losses());
}

void read_jobs(metrics_writer& w, const lifeline::job_pool_figures& f) {
  w.gauge("bank_jobs_waiting", "Jobs that wait for a worker.", number(f.waiting));
  w.gauge("bank_jobs_running", "Jobs that run now.", number(f.running));
  const auto add = [&](const char* outcome, std::uint64_t n) {
    w.counter("bank_jobs_total", "Jobs that have ended or were refused, by outcome.", number(n),
              {{"outcome", outcome}});
  };
  add("succeeded", f.succeeded);
  add("failed", f.failed);
  add("cancelled", f.cancelled);
  add("interrupted", f.interrupted);
  add("refused", f.refused);
}

void read_restarts(metrics_writer& w, const lifeline::supervision_history& history) {
  const auto c = history.totals();
  const auto add = [&](const char* event, std::uint64_t n) {
    w.counter("lifeline_supervision_events_total", "Events of supervised actors, by event.",
              number(n), {{"event", event}});
  };
  add("start", c.starts);
  add("failure", c.failures);
  add("kill", c.kills);
  add("abandoned", c.abandoned);
  add("escalation", c.escalations);
}

void read_rows(metrics_writer& w, const row_figures& f) {
  w.gauge("bank_request_log_waiting_rows", "Rows of the request log that are not written yet.",
          number(f.waiting));
  w.counter("bank_request_log_rows_total", "Rows of the request log, by outcome.",
            number(f.written), {{"outcome", "written"}});
  w.counter("bank_request_log_rows_total", "Rows of the request log, by outcome.",
            number(f.dropped), {{"outcome", "dropped"}});
}

/// The age is computed now: between two readings of the meter it would stand still.
void read_money(metrics_writer& w, const money_reading& r, lifeline::wall_time now) {
  const auto seconds = [](auto d) { return std::chrono::duration<double>(d).count(); };
  for (const auto& t : r.totals.currencies) {
    const lifeline::metric_labels label{{"currency", std::string(t.unit.code())}};
    w.gauge("bank_money_sum_minor", "Sum of all balances of a currency, in minor units (always 0).",
            static_cast<double>(t.sum), label);
    w.gauge("bank_money_held_minor", "Sum of all open holds of a currency, in minor units.",
            static_cast<double>(t.pending), label);
  }
  w.gauge("bank_money_oldest_hold_seconds", "Age of the oldest open hold, in seconds (0: none).",
          r.totals.oldest_hold ? seconds(now - *r.totals.oldest_hold) : 0);
  w.gauge("bank_money_read_timestamp_seconds",
          "Time of the last reading of all balances, in Unix seconds.",
          seconds(r.at.time_since_epoch()));
  w.gauge("bank_ledger_sequence",
          "Sequence of the ledger's last entry when all balances were last read.",
          number(r.totals.sequence));
}

void read_operations(metrics_writer& w, const operations_service::parts& p,
                     lifeline::wall_time now) {
  if (p.jobs) read_jobs(w, p.jobs());
  if (p.history != nullptr) read_restarts(w, *p.history);
  if (p.rows) read_rows(w, p.rows());
  if (p.dropped_lines)
    w.counter("bank_log_dropped_lines_total",
              "Lines of the program log dropped because writing was too slow.",
              number(p.dropped_lines()));
  if (const auto money = p.money ? p.money() : std::nullopt) read_money(w, *money, now);
  if (p.verified)
    w.gauge("bank_chain_verified_sequence",
            "Sequence up to which this process has verified the hash chain.", number(p.verified()));
  w.gauge("bank_start_timestamp_seconds", "Time of the node's start, in Unix seconds.",
          std::chrono::duration<double>(p.started.time_since_epoch()).count());
  w.gauge("bank_alarm", "Alarm about failing requests (1: raised, else 0).",
          p.watch.alarmed() ? 1 : 0);
}

void read_server(metrics_writer& w, const server_state& server) {
  w.gauge("bank_http_requests_in_flight", "Requests being answered.",
          number(server.running.count()));
  const auto admitted = server.limiter.figures();
  w.gauge("bank_admission_running", "Admitted requests that run now.", number(admitted.running));
  w.gauge("bank_admission_queued", "Requests queued until they are admitted.",
          number(admitted.waiting));
  w.gauge("bank_http_connections", "Open connections.", number(server.connections.load()));
  read_memory(w, "buffers", server.buffers.figures());
  read_memory(w, "bulk", server.large_bodies.figures());
  w.counter("bank_http_accept_failures_total",
            "Connections refused because no file descriptor was free.",
            number(server.accept_failures.load()));
  w.gauge("bank_ready", "Readiness of the node (1: it can serve, else 0).",
          server.ready().reason.empty() ? 1 : 0);
  w.gauge("bank_ledger_in_flight",
          "Ledger requests without an answer, plus entries not yet settled or released.",
          number(server.what.books.in_flight()));
  w.gauge("bank_journal_waiting_entries",
          "Journal entries waiting for their commit or being committed.",
          number(server.what.books.waiting_entries()));
  w.gauge("lifeline_timers_armed", "Armed timers.", number(server.what.rt.time().armed()));
}

}  // namespace

lifeline::metrics::collector collect_from(const server_state& server) {
  if (server.what.operations == nullptr) return {};
  return server.what.operations->what().measures.collect([&server](metrics_writer& w) {
    read_server(w, server);
    read_lanes(w, server.what.rt.blocking());
    read_losses(w, "ledger", server.what.books.losses());
    if (server.what.store_breaker != nullptr) read_breaker(w, *server.what.store_breaker);
    if (server.what.events != nullptr) read_bus(w, *server.what.events);
    read_operations(w, server.what.operations->what(), server.what.rt.time().wall_now());
  });
}

}  // namespace bank::api
