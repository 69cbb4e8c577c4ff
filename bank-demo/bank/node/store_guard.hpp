#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "lifeline/actor/runtime.hpp"
#include "lifeline/actors/circuit_breaker.hpp"
#include "lifeline/ledger/ledger_store.hpp"

namespace bank::node {

struct store_guard_options {
  lifeline::actors::breaker_options rules{.least_calls = 10};
  /// A call that still runs after so long has failed, at that moment.
  lifeline::duration slow = std::chrono::milliseconds(500);
  /// How often the store is asked whether it lives, whoever else calls it.
  lifeline::duration probe_every = std::chrono::milliseconds(500);
  /// Told of each change beside the log; must not wait.
  std::function<void(lifeline::actors::circuit from, lifeline::actors::circuit to)> on_change =
      nullptr;
};

/// Watches over the calls of a store and opens a circuit breaker when it is down. Its evidence: how
/// calls end, which of them hang, and a probe of its own, as a store that nobody calls may fail and
/// recover, too. It opens at once if a probe fails; if one only is late, when another call hangs as
/// well, or the one before was late: a moment without a processor is no outage. Beside a call that
/// began to hang just now, a probe is late after half the time if nothing has succeeded for one and
/// a half: so a store that falls silent is found out within a second, and one that is slow is not
/// taken for it. Once it has been open for a while, the probe, or whoever calls first, tries the
/// store. Safe from any thread.
class store_guard {
  struct body;

 public:
  struct findings {
    lifeline::errc end = lifeline::errc::none;
    std::string why = {};  ///< of a failure
    /// The store answers, but nothing can be written to it.
    std::optional<lifeline::ledger::write_obstacle> obstacle = {};
  };
  /// Asks the store something small, within the context.
  using probe = std::function<findings(const lifeline::context&)>;

  store_guard(lifeline::runtime& rt, probe ask, const store_guard_options& options = {});
  store_guard(const store_guard&) = delete;
  store_guard& operator=(const store_guard&) = delete;
  /// Waits for a probe that is under way.
  ~store_guard();

  /// A call that was let through; dropped without a word, it is lost and says nothing.
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
  /// Whether a call is expected to end soon, so that a late one is a sign.
  enum class patience : bool { short_call, may_take_long };

  /// Leave to call the store; nothing while the breaker lets nobody through.
  std::optional<passage> enter(const lifeline::context& ctx, patience p) const;

  const lifeline::actors::circuit_breaker& breaker() const noexcept;
  /// Whether the last probe found that nothing can be written. Reads go on meanwhile.
  bool is_obstructed() const noexcept;
  /// Probes at once, instead of at the next time that is due: a commit has failed.
  void probe_soon() const;
  /// Whether the store is being asked now, or its answer still weighed.
  bool is_probing() const;
  /// Empty, or why the store is not used now, or not written to.
  std::string closed_off() const;

 private:
  std::shared_ptr<body> body_;
};

}  // namespace bank::node
