#pragma once

#include <unordered_map>

#include "driver/load/bank_door.hpp"
#include "lifeline/actor/asio_port.hpp"
#include "lifeline/context/context.hpp"
#include "lifeline/ledger/ledger.hpp"

namespace bank::driver {

/// The bank as one client reaches it without HTTP: a ledger in the driver's process. Reads go
/// directly to the store.
class ledger_door final : public bank_door {
 public:
  struct place {
    asio::io_context& io;
    lifeline::runtime& rt;
    lifeline::ledger::ledger& books;
    lifeline::ledger::ledger_reader& store;
    lifeline::asio_port& port;
    const std::vector<lifeline::ledger::account_id>& accounts;
    lifeline::ledger::currency unit;
    lifeline::duration timeout;  ///< for a request without another one
  };
  explicit ledger_door(const place& p) : p_(p) {}

  task<judged> transfer(const planned_transfer& t, bool pending,
                        lifeline::duration patience) override;
  task<judged> transfer_within(const planned_transfer& t, std::chrono::milliseconds time) override;
  task<judged> end_hold(const planned_transfer& hold, std::int64_t amount) override;
  task<reversed> reverse(const planned_transfer& t) override;
  task<batch_answer> batch(const std::vector<planned_transfer>& all, bool atomic) override;
  task<judged> read_account(std::size_t account) override;
  task<judged> read_history(std::size_t account) override;
  void hang_up() override { life_.reset(); }

 private:
  template <class Answer, class Message>
  task<lifeline::asked<Answer>> ask(caf::actor to, Message m, lifeline::duration time);
  template <class Message>
  task<judged> resolve(lifeline::ledger::transfer_id id, Message m, lifeline::duration time);
  lifeline::ledger::transfer_record record_of(const planned_transfer& t, bool pending) const;

  place p_;
  std::optional<lifeline::cancel_scope> life_;  // of the running request
};

}  // namespace bank::driver
