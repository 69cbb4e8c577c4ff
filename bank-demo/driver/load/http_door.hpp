#pragma once

#include <string>

#include "driver/load/bank_door.hpp"
#include "driver/load/request_writer.hpp"

namespace bank::driver {

/// Access to a node over one HTTP connection.
class http_door final : public bank_door {
 public:
  struct place {
    const request_writer& write;
    traffic& counted;
    lifeline::duration timeout;  ///< for a request without another one
  };
  explicit http_door(const place& p);

  task<judged> transfer(const planned_transfer& t, bool pending,
                        lifeline::duration patience) override;
  task<judged> transfer_within(const planned_transfer& t, std::chrono::milliseconds time) override;
  task<judged> end_hold(const planned_transfer& hold, std::int64_t amount) override;
  task<reversed> reverse(const planned_transfer& t) override;
  task<batch_answer> batch(const std::vector<planned_transfer>& all, bool atomic) override;
  task<judged> read_account(std::size_t account) override;
  task<judged> read_history(std::size_t account) override;
  void hang_up() override { connection_.hang_up(); }

 private:
  task<judged> send(lifeline::duration limit);
  task<judged> send() { return send(timeout_); }

  const request_writer& write_;
  lifeline::duration timeout_;
  load_connection connection_;
  std::string request_;
  std::string_view body_;  // of the latest answer
};

}  // namespace bank::driver
