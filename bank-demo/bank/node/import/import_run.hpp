#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <functional>
#include <optional>
#include <string>

#include "bank/node/import/import_bank.hpp"
#include "bank/node/import/import_core.hpp"
#include "bank/node/import/import_plan.hpp"
#include "lifeline/actor/asio_port.hpp"
#include "lifeline/ledger/messages.hpp"

namespace bank::node {

/// How many rows are under way at a time: enough to fill the journal's batches, few enough that
/// clients hardly wait longer for theirs.
inline constexpr std::size_t import_rows_at_once = 256;

/// Carries an import out, on the thread that calls `run`, which must not be an actor's or one
/// behind the blocking door. Each row goes to the ledger as a client's request would.
class import_run {
 public:
  /// `progress` hears how many of how many rows are settled, on that thread, after each.
  using on_progress = std::function<void(std::size_t settled, std::size_t rows)>;

  import_run(const import_bank& bank, const import_plan& plan, const import_core::policy& p,
             on_progress progress);

  /// Returns when every row is settled, when it was given up, or soon after `ctx` is done; the
  /// books are whole then, and another run goes on where this one ended. To be called once.
  void run(const lifeline::context& ctx);

  const import_core& core() const noexcept { return core_; }
  /// What stands in the books by this import: of all its transfers, earlier runs' too. At most what
  /// 64 bits hold.
  std::int64_t credits_minor() const noexcept { return credits_; }
  std::int64_t debits_minor() const noexcept { return debits_; }

 private:
  /// Why a step could not be done now; nothing: it is settled.
  using trouble = std::optional<std::string>;

  boost::asio::awaitable<void> work();
  boost::asio::awaitable<void> settle(import_step step);
  boost::asio::awaitable<trouble> ask(import_step step);
  boost::asio::awaitable<trouble> open_account(import_step step);
  boost::asio::awaitable<trouble> submit(import_step step);
  boost::asio::awaitable<void> pause(lifeline::duration d);
  trouble judge(const import_step& step, const lifeline::ledger::failure& refusal);
  trouble look_for_account(const import_step& step, const std::string& refusal);
  void count(std::size_t lane, std::size_t transfer);
  lifeline::time_point now() const;

  const import_bank bank_;
  const import_plan& plan_;
  const on_progress progress_;
  import_core core_;
  std::int64_t credits_ = 0;
  std::int64_t debits_ = 0;

  // While it runs.
  lifeline::context ctx_ = lifeline::background();
  boost::asio::io_context io_{1};
  lifeline::asio_port port_{bank_.rt.system(), io_};
  std::exception_ptr thrown_;
};

}  // namespace bank::node
