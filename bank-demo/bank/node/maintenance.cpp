#include "bank/node/maintenance.hpp"

#include <filesystem>
#include <ostream>

#include "bank/node/offline.hpp"
#include "bank/node/progress_line.hpp"
#include "bank/node/stores.hpp"
#include "bank/storage/sqlite/backup.hpp"
#include "bank/storage/startup_error.hpp"
#include "lifeline/context/context.hpp"
#include "lifeline/ledger/core/batch_hash.hpp"

namespace bank::node {
namespace {

std::filesystem::path books_of(const configuration& c) {
  return std::filesystem::path(c.data_dir) / "ledger.db";
}

}  // namespace

exit_status back_up(const configuration& c, const std::string& file, std::ostream& out,
                    std::ostream& err) {
  require_embedded(c,
                   "use pg_dump --format=custom, which copies a running database as of one "
                   "moment");
  const until_signal signal;
  {
    progress_line line(err, is_terminal(err));
    const bool whole = storage::back_up_sqlite(
        signal.ctx(), books_of(c), file,
        [&](std::uint64_t done, std::uint64_t total) { line.show("copying", done, total); });
    if (!whole) return called_off(err);
  }
  out << file
      << ": copy of the ledger, without tokens. To restore, put it into an empty data folder as "
         "ledger.db; the node that starts there creates a new admin token\n";
  return exit_status::clean;
}

exit_status verify(const configuration& c, std::ostream& out, std::ostream& err) {
  const books_verifier walk = verifier_of(c);
  const until_signal signal;
  lifeline::ledger::result<storage::verification> found = [&] {
    progress_line line(err, is_terminal(err));
    return walk(signal.ctx(),
                [&](const storage::verify_progress& p) { line.show(p.step, p.done, p.total); });
  }();
  if (!found && signal.ctx().done()) return called_off(err);
  if (!found) throw storage::startup_error("the ledger can't be read: " + found.error().detail);
  if (found->broken) {
    out << "broken: " << *found->broken << '\n';
    return exit_status::failed;
  }
  const auto& chain = found->chain;
  out << "whole: " << found->accounts << " accounts, " << found->transfers
      << " transfers, up to sequence " << found->sequence << "; every currency sums to 0; ";
  if (chain.last < chain.first) {
    out << "the hash chain starts at sequence " << chain.first << '\n';
  } else {
    out << "the hash chain covers sequences " << chain.first << " to " << chain.last << ", head "
        << lifeline::ledger::hex_text(chain.head) << '\n';
  }
  return exit_status::clean;
}

}  // namespace bank::node
