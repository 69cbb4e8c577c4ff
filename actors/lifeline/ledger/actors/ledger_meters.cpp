#include "lifeline/ledger/actors/ledger_meters.hpp"

namespace lifeline::ledger::detail {

namespace {

ledger_meters::late_answers late_answers_in(metrics& to) {
  const auto of = [&](const char* actor) {
    return &to.make_counter("bank_ledger_late_answers_total", "Late answers dropped, by actor.",
                            {{"actor", actor}});
  };
  return {of("journal"), of("transaction_processor"), of("order_processor"), of("directory_shard"),
          of("account")};
}

}  // namespace

ledger_meters::ledger_meters(metrics& to, clock& time)
    : durable(to.make_histogram(
          "bank_transfer_durable_seconds",
          "Time in seconds from the arrival of a transfer, or of its end, to its commit.",
          histogram_buckets::times())),
      batch_entries(to.make_histogram("bank_journal_batch_entries", "Entries per commit.",
                                      histogram_buckets::sizes())),
      commit_time(to.make_histogram("bank_journal_commit_duration_seconds",
                                    "Duration of a commit in the store, in seconds.",
                                    histogram_buckets::times())),
      failed_commits(to.make_counter("bank_journal_failed_commits_total",
                                     "Commits that failed or whose outcome was unknown.")),
      late(late_answers_in(to)),
      journal(to, "journal", time),
      processors(to, "transaction_processor", time),
      order_processor(to, "order_processor", time),
      shards(to, "directory_shard", time),
      accounts(to, "account", time) {}

}  // namespace lifeline::ledger::detail
