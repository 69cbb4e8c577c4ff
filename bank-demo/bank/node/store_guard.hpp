#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "bank/storage/store_hook.hpp"
#include "lifeline/actor/runtime.hpp"
#include "lifeline/guards/circuit_breaker.hpp"
#include "lifeline/ledger/journal_store.hpp"

namespace bank::node {

struct store_guard_options {
  lifeline::guards::breaker_options rules{.least_calls = 10};
  /// A call that runs longer than this counts as failed from that moment.
  lifeline::duration slow = std::chrono::milliseconds(500);
  /// Interval between probes, independent of other calls.
  lifeline::duration probe_every = std::chrono::milliseconds(500);
  /// Called for each change of state, in addition to the log; must not wait.
  std::function<void(lifeline::guards::circuit from, lifeline::guards::circuit to)> on_change =
      nullptr;
};

/// Observes the calls of the ledger store and opens a circuit breaker when the store is down. It
/// judges by how calls end, by hanging calls, and by probes of its own, because a store without
/// calls may fail and recover, too.
///
/// - A failed probe opens the circuit at once.
/// - A late probe opens it only if another call hangs too, or the probe before was late: a moment
///   without a processor is not an outage.
/// - A probe is late after `slow`; after half of that if a call began to hang just now and no call
///   has succeeded for 1.5 × `slow`. So a silent store is found within a second, and a slow store
///   is not mistaken for a silent one.
/// - After the open time, the next probe or the next call tries the store.
///
/// As a hook it refuses calls with `store_unavailable` while the circuit is open, so that they
/// don't hang, and commits also while the store can't be written to. `fence`, `find_batch` and
/// `last_time` bypass it: a journal needs them to start and to find out the outcome of a commit.
///
/// Safe from any thread.
class store_guard final : public storage::store_hook {
  struct body;

 public:
  struct findings {
    lifeline::errc end = lifeline::errc::none;
    std::string why = {};  ///< the error of a failed probe
    /// The store answers but can't be written to.
    std::optional<lifeline::ledger::write_obstacle> obstacle = {};
  };
  /// Asks the store something cheap, within the context.
  using probe = std::function<findings(const lifeline::context&)>;

  store_guard(lifeline::runtime& rt, probe ask, const store_guard_options& options = {});
  /// Waits for a running probe.
  ~store_guard() override;

  std::optional<lifeline::ledger::failure> around(const storage::store_call& call,
                                                  const rest_of_call& go_on) override;

  /// A call that was let through. Dropped without an outcome, it does not count.
  class passage {
   public:
    passage(passage&& other) noexcept = default;
    passage& operator=(passage&&) = delete;
    ~passage();

    void succeeded();
    void failed();

   private:
    friend class store_guard;
    struct call;
    passage(std::shared_ptr<body> b, std::shared_ptr<call> c);

    std::shared_ptr<body> body_;
    std::shared_ptr<call> call_;
  };
  /// Is a call expected to end soon? Only then does a late one count against the store.
  enum class patience : bool { short_call, may_take_long };

  /// Permission to call the store; empty while the circuit refuses calls.
  std::optional<passage> enter(const lifeline::context& ctx, patience p) const;

  const lifeline::guards::circuit_breaker& breaker() const noexcept;
  /// Did the last probe find that the store can't be written to? Reads go on meanwhile.
  bool is_obstructed() const noexcept;
  /// Probes at once instead of at the next interval: a commit has failed.
  void probe_soon() const;
  /// Does a probe run, or wait to be judged?
  bool is_probing() const;
  /// Empty, or why the store is not called or not written to.
  std::string closed_off() const;

 private:
  std::shared_ptr<body> body_;
};

/// The same context, with which no call is refused: for jobs, which would fail for good where they
/// can wait.
lifeline::context unguarded(const lifeline::context& ctx);

/// The cheapest question to the store, to learn whether it works.
store_guard::probe probe_of(lifeline::ledger::journal_store& store);

}  // namespace bank::node
