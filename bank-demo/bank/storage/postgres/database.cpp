#include "bank/storage/postgres/database.hpp"

#include <algorithm>

#include "bank/storage/postgres/watch.hpp"
#include "bank/storage/rules/posting.hpp"

namespace bank::storage {

using namespace lifeline::ledger;

namespace {

constexpr const char* begin_read = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
constexpr const char* begin_write = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
constexpr std::chrono::hours no_limit{24};
/// Extra time of the statement limit, so that the context ends first and gives the reason.
constexpr std::chrono::milliseconds beyond_the_deadline{20};

failure late() {
  return {errc::deadline_exceeded, outcome::none, "the deadline passed before the store answered"};
}

failure failure_of(const postgres_error& e, bool writes) {
  const auto known = writes && e.broken() ? outcome::unknown : outcome::none;
  return {errc::store_unavailable, known, std::string("PostgreSQL: ") + e.what()};
}

}  // namespace

postgres_rows begin(postgres_session& s, const context& ctx, const char* how, const char* first) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(
      std::min<lifeline::duration>(ctx.remaining(), no_limit));
  return s.run(std::string(how) + "; SET LOCAL statement_timeout = " +
               std::to_string((left + beyond_the_deadline).count()) + "; " + first);
}

bool roll_back(postgres_session& s) noexcept {
  try {
    if (s.is_open()) s.run("ROLLBACK");
    return s.is_open();
  } catch (const std::exception&) {
    return false;
  }
}

std::optional<failure> postgres_database::transact(
    const context& ctx, mode how, const std::function<void(postgres_session&)>& act) {
  const bool writes = how == mode::write;
  while (true) {
    auto lease = pool_.take(ctx);
    if (!lease) return lease.error();
    bool begun = false;
    try {
      const postgres_watch watch(ctx, **lease, at_end::cancel);
      if (auto end = ended(ctx)) return end;
      begin(**lease, ctx, writes ? begin_write : begin_read);
      begun = true;
      act(**lease);
      (*lease)->run("COMMIT");
      return std::nullopt;
    } catch (const postgres_error& e) {
      if (!roll_back(**lease)) lease->spoil();
      if (auto end = ended(ctx)) return end;
      if (e.is_cut_off() && ctx.deadline()) return late();
      const bool stale = e.broken() && !lease->is_new() && !(writes && begun);
      if (!stale && !e.is_conflict()) return failure_of(e, writes && begun);
    }
  }
}

}  // namespace bank::storage
