#include "bank/node/run_node.hpp"

#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdlib>
#include <optional>
#include <ostream>
#include <string>

#include "bank/node/listening.hpp"
#include "bank/node/logging.hpp"
#include "bank/node/node.hpp"
#include "bank/node/process.hpp"
#include "bank/node/shutdown.hpp"
#include "bank/node/stop_request.hpp"
#include "bank/node/stores.hpp"
#include "lifeline/context/watch.hpp"

namespace bank::node {
namespace {

const char* name_of(int signal) { return signal == SIGINT ? "SIGINT" : "SIGTERM"; }

[[noreturn]] void end_at_once(program_log& log, const std::string& why) {
  log.last_words(why);
  std::_Exit(static_cast<int>(exit_status::abandoned));
}

// One life of the node: its guards, then its parts; they end in reverse.
class life {
 public:
  life(const configuration& c, std::ostream& out) : config_(c), out_(out) {}

  exit_status live() {
    try {
      start();
    } catch (...) {
      // What fails because the start was called off is no failure.
      if (!stop_.asked()) throw;
    }
    if (!stop_.asked()) serve();
    wait(stop_.ctx());
    spdlog::info("stopping: {}", stop_.why());
    return end();
  }

 private:
  void start() {
    guard_.doing("opening the data folder");
    dir_.emplace(config_.data_dir);
    guard_.doing("opening the stores");
    stores kept = open_stores(config_, *dir_);
    if (stop_.asked()) return;
    guard_.doing("starting the node");
    node_.emplace(config_, std::move(kept), dir_->path(), stop_);
  }

  void serve() {
    const std::string url = url_of(config_.http.listen, node_->port());
    dir_->publish_address(url);
    if (is_beyond_loopback(config_.http.listen))
      spdlog::warn(
          "{} can be reached from other machines, and tokens travel unencrypted: put a "
          "proxy with TLS before it, or use --listen 127.0.0.1",
          url);
    node_->serve();
    guard_.doing("serving");
    spdlog::info("serving {} from {}", url, config_.data_dir);
    out_ << "listening on " << url << std::endl;
  }

  exit_status end() {
    bool abandoned = false;
    if (node_) {
      guard_.doing("waiting for requests and the ledger");
      for (const std::string& what : node_->stop()) {
        spdlog::error("abandoned: {}", what);
        abandoned = true;
      }
      guard_.doing("closing the server, the ledger and the stores");
      node_.reset();
    }
    dir_.reset();
    spdlog::info("stopped");
    return abandoned && stop_.how() == exit_status::clean ? exit_status::abandoned : stop_.how();
  }

  const configuration& config_;
  std::ostream& out_;
  program_log log_{config_.log_level};
  stop_request stop_{lifeline::background()};
  signal_watch signals_{
      [this](int s) { stop_.ask(exit_status::clean, name_of(s)); },
      [this](int s) { end_at_once(log_, std::string("ended at once by a second ") + name_of(s)); }};
  last_resort guard_{stop_, config_.shutdown_timeout, [this](const char* doing) {
                       end_at_once(log_, std::string("abandoned: still ") + doing +
                                             " when the time for the stop was over");
                     }};
  std::optional<storage::data_dir> dir_;
  std::optional<node> node_;
};

}  // namespace

exit_status run_node(const configuration& c, std::ostream& out) { return life(c, out).live(); }

}  // namespace bank::node
