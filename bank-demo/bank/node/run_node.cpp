#include "bank/node/run_node.hpp"

#include <atomic>
#include <cstdlib>
#include <optional>
#include <ostream>
#include <string>

#include "bank/api/observe/log.hpp"
#include "bank/node/connection_limit.hpp"
#include "bank/node/last_resort.hpp"
#include "bank/node/listening.hpp"
#include "bank/node/logging.hpp"
#include "bank/node/node.hpp"
#include "bank/node/process.hpp"
#include "bank/node/stop_request.hpp"
#include "lifeline/context/watch.hpp"

namespace bank::node {
namespace {

/// How far the sequence may exceed its budget before it counts as stuck.
constexpr auto last_grace = std::chrono::milliseconds(500);
/// Time after a second signal to collect the names of what it cuts off.
constexpr auto naming_time = std::chrono::milliseconds(200);

[[noreturn]] void end_at_once(program_log& log, const std::string& why) {
  log.write_last(why);
  std::_Exit(static_cast<int>(exit_status::abandoned));
}

// One run of the node: its guards, then its parts; they end in reverse order.
class life {
 public:
  life(const configuration& c, std::ostream& out, const stores_opener& open)
      : config_(c), out_(out), open_(open) {}

  exit_status live() {
    try {
      start();
      if (!stop_.asked()) serve();
    } catch (...) {
      // An error caused by a stop during the start is not a failure.
      if (!stop_.asked()) throw;
    }
    wait(stop_.ctx());
    log::info("stopping: {}", stop_.why());
    return end();
  }

 private:
  void start() {
    const auto limit = fit_connections(config_.http.max_connections, file_limit());
    if (!limit.warning.empty()) log::warn("{}", limit.warning);
    config_.http.max_connections = limit.connections;
    guard_.doing("opening the data folder");
    dir_.emplace(config_.data_dir);
    guard_.doing("opening the stores");
    stores kept = open_(config_, *dir_);
    if (stop_.asked()) return;
    guard_.doing("starting the node");
    node_.emplace(config_, std::move(kept), dir_->path(), stop_, sequence_,
                  [this] { return log_.dropped(); });
  }

  void serve() {
    const std::string url = url_of(config_.http.listen, node_->port());
    dir_->publish_address(url);
    if (is_beyond_loopback(config_.http.listen))
      log::warn(
          "{} can be reached from other machines and tokens travel unencrypted: put a proxy "
          "with TLS in front of it, or use --listen 127.0.0.1",
          url);
    node_->serve();
    guard_.doing("serving");
    log::info("serving on {}, data folder {}", url, config_.data_dir);
    out_ << "listening on " << url << std::endl;
  }

  /// The phases run on the clock's thread; the parts end on this one, in the last phase.
  exit_status end() {
    guard_.doing("stopping");
    sequence_.begin(config_.shutdown_timeout);
    wait(closing_.ctx());
    guard_.doing("closing the server, the ledger and the stores");
    node_.reset();
    dir_.reset();
    closed_ = nullptr;
    wait(sequence_.over());
    // If something was abandoned, `last_resort` ends the process and logs the names.
    if (!sequence_.result().clean()) wait(lifeline::background());
    log::info("stopped");
    return stop_.how();
  }

  /// The task of the phase "close". An abandoned task still uses the parts, so they stay.
  void close_parts(lifeline::still_stopping stopping) {
    if (abandoned_) return;
    is_closing_ = true;
    closed_ = std::move(stopping);
    closing_.cancel();
  }

  /// On the clock's thread.
  void log_progress(const lifeline::shutdown_progress& p) {
    using lifeline::shutdown_event;
    switch (p.what) {
      case shutdown_event::phase_began: log::info("stopping: {}", p.phase); break;
      case shutdown_event::task_cancelled:
        log::warn("cancelled at the end of its time: {}: {}", p.phase, p.task);
        break;
      case shutdown_event::task_abandoned:
        abandoned_ = true;
        log::error("abandoned: {}: {}{}", p.phase, p.task, details_of(p.task));
        break;
      case shutdown_event::task_stopped: log::debug("stopped: {}: {}", p.phase, p.task); break;
      case shutdown_event::phase_ended: break;
    }
  }

  std::string details_of(const std::string& task) const {
    if (is_closing_ || !node_) return {};
    std::string text;
    for (const std::string& what : node_->waits_for(task))
      text += (text.empty() ? " (" : "; ") + what;
    return text.empty() ? text : text + ')';
  }

  void hurry(int signal) {
    sequence_.hurry();
    wait_for(sequence_.over(), naming_time);
    end_at_once(log_,
                "stopped at once by a second " + name_of(signal) + names_of(sequence_.result()));
  }

  configuration config_;
  std::ostream& out_;
  const stores_opener& open_;
  program_log log_{config_.log_level, config_.log_format};
  stop_request stop_{lifeline::background()};
  lifeline::cancel_scope closing_{with_cancel(lifeline::background())};
  lifeline::still_stopping closed_;
  std::atomic<bool> is_closing_{false};
  bool abandoned_ = false;  // used on the clock's thread only
  lifeline::shutdown_sequence sequence_{
      lifeline::background(), lifeline::server_shutdown_phases(),
      [this](const lifeline::shutdown_progress& p) { log_progress(p); }};
  lifeline::shutdown_sequence::registration close_{sequence_.add(
      "close", "stores", [this](const lifeline::context&, lifeline::still_stopping stopping) {
        close_parts(std::move(stopping));
      })};
  signal_watch signals_{[this](int s) { stop_.ask(exit_status::clean, name_of(s)); },
                        [this](int s) { hurry(s); }};
  last_resort guard_{stop_, sequence_, config_.shutdown_timeout + last_grace,
                     [this](const std::string& why) { end_at_once(log_, why); }};
  std::optional<storage::data_dir> dir_;
  std::optional<node> node_;
};

}  // namespace

exit_status run_node(const configuration& c, std::ostream& out, const stores_opener& open) {
  return life(c, out, open).live();
}

}  // namespace bank::node
