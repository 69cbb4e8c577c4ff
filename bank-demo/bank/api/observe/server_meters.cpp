#include "bank/api/observe/server_meters.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "bank/api/observe/operations_desk.hpp"
#include "bank/api/server/server_state.hpp"

namespace bank::api {

namespace {

using lifeline::lane;
using lifeline::metrics_writer;

constexpr std::array lanes{lane::commit, lane::read, lane::background, lane::report, lane::log};

double number(std::uint64_t n) noexcept { return static_cast<double>(n); }

void read_lanes(metrics_writer& w, const lifeline::blocking_door& door) {
  for (const lane l : lanes) {
    const auto f = door.figures(l);
    const lifeline::metric_labels label{{"lane", std::string(to_string(l))}};
    w.gauge("lifeline_lane_threads", "Threads behind the blocking door.", number(f.threads), label);
    w.gauge("lifeline_lane_waiting_jobs", "Calls that wait for a thread of their lane.",
            number(f.waiting), label);
    w.gauge("lifeline_lane_running_jobs", "Calls that run.", number(f.running), label);
    w.counter("lifeline_lane_jobs_total", "Calls that have ended.", number(f.done), label);
    w.counter("lifeline_lane_refused_jobs_total", "Calls for which the lane was full.",
              number(f.refused), label);
  }
}

void read_losses(metrics_writer& w, const char* where, const lifeline::loss& losses) {
  const auto c = losses.read();
  const auto add = [&](const char* outcome, std::uint64_t n) {
    w.counter("lifeline_messages_total", "What became of the messages that were offered.",
              number(n), {{"where", where}, {"outcome", outcome}});
  };
  add("handled", c.handled);
  add("expired", c.expired);
  add("cancelled", c.cancelled);
  add("dropped", c.dropped);
  add("dead_lettered", c.dead_lettered);
  add("filtered", c.filtered);
  w.counter("lifeline_messages_offered_total", "Messages that were offered.", number(c.offered),
            {{"where", where}});
  w.gauge("lifeline_messages_in_flight", "Offered, and without an end so far.", number(c.in_flight),
          {{"where", where}});
}

void read_breaker(metrics_writer& w, const lifeline::actors::circuit_breaker& breaker) {
  using enum lifeline::actors::circuit;
  const auto now = breaker.state();
  for (const auto state : {closed, open, half_open})
    w.gauge("bank_store_breaker_state", "1 of the state in which the store's breaker is.",
            now == state ? 1 : 0, {{"state", std::string(to_string(state))}});
}

void read_bus(metrics_writer& w, const lifeline::event_bus& bus) {
  struct lag {
    std::uint64_t subscribers = 0;
    std::uint64_t most = 0;
  };
  // Kinds are few: the code names them. Those of streams are told of while there are none, too.
  std::map<std::string, lag> by_kind{{"sse", {}}, {"websocket", {}}};
  lag of_all;
  for (const auto& s : bus.figures()) {
    for (lag* l : {&of_all, &by_kind[s.kind]}) {
      ++l->subscribers;
      l->most = std::max(l->most, s.counts.pending);
    }
  }
  w.gauge("lifeline_bus_subscribers", "Who listens.", number(of_all.subscribers));
  w.gauge("lifeline_bus_most_behind_events", "How far the slowest of them is behind.",
          number(of_all.most));
  for (const auto& [kind, l] : by_kind) {
    w.gauge("lifeline_bus_kind_subscribers", "Who listens, by kind.", number(l.subscribers),
            {{"kind", kind}});
    w.gauge("lifeline_bus_kind_most_behind_events",
            "How far the slowest subscriber of a kind is behind.", number(l.most),
            {{"kind", kind}});
  }
  read_losses(w, "bus", bus.losses());
}

void read_jobs(metrics_writer& w, const lifeline::job_pool_figures& f) {
  w.gauge("bank_jobs_waiting", "Jobs that wait for a worker.", number(f.waiting));
  w.gauge("bank_jobs_running", "Jobs that run.", number(f.running));
  const auto add = [&](const char* outcome, std::uint64_t n) {
    w.counter("bank_jobs_total", "Jobs that have ended, or were refused.", number(n),
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
    w.counter("lifeline_supervision_events_total", "What befell supervised actors.", number(n),
              {{"event", event}});
  };
  add("start", c.starts);
  add("failure", c.failures);
  add("kill", c.kills);
  add("abandoned", c.abandoned);
  add("escalation", c.escalations);
}

void read_rows(metrics_writer& w, const row_figures& f) {
  w.gauge("bank_request_log_waiting_rows", "Rows that are not written yet.", number(f.waiting));
  w.counter("bank_request_log_rows_total", "Rows of the request log.", number(f.written),
            {{"outcome", "written"}});
  w.counter("bank_request_log_rows_total", "Rows of the request log.", number(f.dropped),
            {{"outcome", "dropped"}});
}

/// An age stands still between two looks of the meter; what it is now is what matters.
void read_money(metrics_writer& w, const money_reading& r, lifeline::wall_time now) {
  const auto seconds = [](auto d) { return std::chrono::duration<double>(d).count(); };
  for (const auto& t : r.totals.currencies) {
    const lifeline::metric_labels label{{"currency", std::string(t.unit.code())}};
    w.gauge("bank_money_sum_minor", "The sum of all balances, in minor units: always 0.",
            static_cast<double>(t.sum), label);
    w.gauge("bank_money_held_minor", "What holds set aside, in minor units.",
            static_cast<double>(t.pending), label);
  }
  w.gauge("bank_money_oldest_hold_seconds", "The age of the oldest open hold; 0 if there is none.",
          r.totals.oldest_hold ? seconds(now - *r.totals.oldest_hold) : 0);
  w.gauge("bank_money_read_timestamp_seconds", "When the books were last summed up.",
          seconds(r.at.time_since_epoch()));
  w.gauge("bank_ledger_sequence", "The ledger's last entry, as it was then.",
          number(r.totals.sequence));
}

void read_desk(metrics_writer& w, const operations_desk::parts& p, lifeline::wall_time now) {
  if (p.jobs) read_jobs(w, p.jobs());
  if (p.history != nullptr) read_restarts(w, *p.history);
  if (p.rows) read_rows(w, p.rows());
  if (p.dropped_lines)
    w.counter("bank_log_dropped_lines_total",
              "Lines of the program's log that were dropped, as it could not write as fast.",
              number(p.dropped_lines()));
  if (const auto money = p.money ? p.money() : std::nullopt) read_money(w, *money, now);
  if (p.verified)
    w.gauge("bank_chain_verified_sequence",
            "Up to which entry this process has verified the chain of batches.",
            number(p.verified()));
  w.gauge("bank_start_timestamp_seconds", "When the node started.",
          std::chrono::duration<double>(p.started.time_since_epoch()).count());
  w.gauge("bank_alarm", "1 while too many requests fail.", p.watch.alarmed() ? 1 : 0);
}

void read_server(metrics_writer& w, const server_state& server) {
  w.gauge("bank_http_requests_in_flight", "Requests that are being answered.",
          number(server.running.count()));
  w.gauge("bank_http_connections", "Open connections.", number(server.connections.load()));
  w.counter("bank_http_accept_failures_total",
            "Connections that could not be served because no file descriptor was free.",
            number(server.accept_failures.load()));
  w.gauge("bank_ready", "1 while the node can serve.",
          !server.what.unready || server.what.unready().empty() ? 1 : 0);
  w.gauge("bank_ledger_in_flight",
          "Transfers and openings without an answer, entries without an end.",
          number(server.what.books.in_flight()));
  w.gauge("bank_journal_waiting_entries", "Entries that wait for their commit, or are in one.",
          number(server.what.books.waiting_entries()));
  w.gauge("lifeline_timers_armed", "Timers that are armed.", number(server.what.rt.time().armed()));
}

}  // namespace

lifeline::metrics::collector collect_from(const server_state& server) {
  if (server.what.desk == nullptr) return {};
  return server.what.desk->what().measures.collect([&server](metrics_writer& w) {
    read_server(w, server);
    read_lanes(w, server.what.rt.blocking());
    read_losses(w, "ledger", server.what.books.losses());
    if (server.what.store_breaker != nullptr) read_breaker(w, *server.what.store_breaker);
    if (server.what.events != nullptr) read_bus(w, *server.what.events);
    read_desk(w, server.what.desk->what(), server.what.rt.time().wall_now());
  });
}

}  // namespace bank::api
