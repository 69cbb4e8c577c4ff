#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <functional>
#include <optional>
#include <string>

#include "bank/books/lane_schedule.hpp"
#include "bank/node/import/import_bank.hpp"
#include "bank/node/import/import_plan.hpp"
#include "lifeline/actor/asio_port.hpp"
#include "lifeline/ledger/messages/requests.hpp"

namespace bank::node {

/// Concurrent rows: enough to fill the journal's batches, few enough not to delay clients.
inline constexpr std::size_t import_rows_at_once = 256;

/// Is this answer final, or may the same request succeed later?
bool is_final(lifeline::ledger::errc e) noexcept;

/// Runs an import on the thread that calls `run`, which must not be an actor's or one of the
/// blocking lanes. Each row goes to the ledger like a client's request.
class import_run {
 public:
  /// Called on that thread after each settled row.
  using on_progress = std::function<void(std::size_t settled, std::size_t rows)>;

  /// `patience`: see `lane_schedule`. A job's time is limited elsewhere.
  import_run(const import_bank& bank, const import_plan& plan, lifeline::duration patience,
             on_progress progress);

  /// Returns when every row is settled, when the import gives up, or soon after `ctx` is done. The
  /// ledger is whole then, and another run continues. Call it once.
  void run(const lifeline::context& ctx);

  const books::lane_schedule& schedule() const noexcept { return schedule_; }
  /// Sum of all transfers of this import, including earlier runs; capped at what 64 bits hold.
  std::int64_t credits_minor() const noexcept { return credits_; }
  std::int64_t debits_minor() const noexcept { return debits_; }

 private:
  /// Why a step failed for now; nothing: it is settled.
  using trouble = std::optional<std::string>;

  boost::asio::awaitable<void> work();
  boost::asio::awaitable<void> settle(books::lane_step step);
  boost::asio::awaitable<trouble> ask(books::lane_step step);
  boost::asio::awaitable<trouble> open_account(books::lane_step step);
  boost::asio::awaitable<trouble> submit(books::lane_step step);
  boost::asio::awaitable<void> pause(lifeline::duration d);
  trouble judge(const books::lane_step& step, const lifeline::ledger::failure& refusal);
  trouble look_for_account(const books::lane_step& step, const std::string& refusal);
  void count(std::size_t lane, std::size_t transfer);
  lifeline::time_point now() const;

  const import_bank bank_;
  const import_plan& plan_;
  const on_progress progress_;
  books::lane_schedule schedule_;
  std::int64_t credits_ = 0;
  std::int64_t debits_ = 0;

  // Set while `run` runs.
  lifeline::context ctx_ = lifeline::background();
  boost::asio::io_context io_{1};
  lifeline::asio_port port_{bank_.rt.system(), io_};
  std::exception_ptr thrown_;
};

}  // namespace bank::node
