#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "lifeline/context/context.hpp"
#include "lifeline/ledger/batch.hpp"
#include "lifeline/ledger/values/error.hpp"

namespace bank::storage {

/// The calls of a ledger store that hooks run round: all but `secret` and `find_obstacle`.
enum class operation : std::uint8_t {
  fence,
  commit,
  find_batch,
  close_past,
  last_time,
  find_account,
  find_transfer,
  find_key,
  forget_keys,
  forget_key,
  list_accounts,
  history,
  due,
  entries,
  list_transfers,
  balance_at,
  account_statement,
  list_owners,
  find_order,
  list_orders,
  due_orders,
  totals,
  last_sequence,
};
inline constexpr std::size_t operation_count =
    static_cast<std::size_t>(operation::last_sequence) + 1;

enum class operation_kind : std::uint8_t {
  recovery,  ///< lets a journal start, or find out the outcome of a commit
  commit,
  look_up,  ///< through an index: if it is late, the store is in trouble
  query,    ///< may read much, or wait for a running commit
};

struct operation_traits {
  std::string_view name;
  std::string_view table;  ///< the main one
  operation_kind kind;
};
operation_traits traits_of(operation o) noexcept;

/// A call of a ledger store, for its hooks.
struct store_call {
  operation what;
  const lifeline::context& ctx;                      ///< of a commit: only its place in a trace
  const lifeline::ledger::batch* written = nullptr;  ///< of a commit
  const lifeline::ledger::committed_batch* committed = nullptr;  ///< of a commit that has succeeded
};

/// Runs round each call of a ledger store: measures it, refuses it, or acts on its end. Called by
/// the threads that call the store, concurrently.
class store_hook {
 public:
  /// Makes the call, inside the hooks that were added earlier. Returns its failure; of a commit,
  /// `store_unavailable` if the store itself failed, `internal` if it refused the batch.
  using rest_of_call = std::function<std::optional<lifeline::ledger::failure>()>;

  store_hook() = default;
  store_hook(const store_hook&) = delete;
  store_hook& operator=(const store_hook&) = delete;
  virtual ~store_hook() = default;

  /// Calls `go_on` once and returns its failure, or refuses the call with another one. A refused
  /// commit is `unavailable`.
  virtual std::optional<lifeline::ledger::failure> around(const store_call& call,
                                                          const rest_of_call& go_on) = 0;
};

}  // namespace bank::storage
