#include <limits>

#include "bank/storage/postgres/columns.hpp"
#include "bank/storage/postgres/query.hpp"
#include "bank/storage/postgres/reader.hpp"
#include "bank/storage/rules/record_rows.hpp"
#include "bank/storage/rules/text_match.hpp"

// Lists of accounts and transfers in PostgreSQL.

namespace bank::storage {

using namespace lifeline::ledger;

namespace {

constexpr std::uint64_t from_the_newest = std::numeric_limits<std::int64_t>::max();

std::uint64_t place_of(std::uint64_t before) {
  return before == 0 ? from_the_newest : std::min(before, from_the_newest);
}

/// " OR …" for the start of an identifier, if the text can be one.
std::string or_id(postgres_query& q, const char* column, const std::string& text) {
  auto digits = id_prefix(text);
  if (!digits) return {};
  return std::string(" OR replace(") + column + "::text, '-', '') LIKE " +
         q.argument(*digits + '%');
}

/// The names of a list's arguments in its SQL.
struct transfer_terms {
  std::string first, end, limit;
  std::string more;  ///< conditions for each row
};

transfer_terms terms_of(postgres_query& q, const transfer_filter& f) {
  transfer_terms t;
  if (f.status) t.more += " AND t.status = " + q.argument(to_string(*f.status));
  if (f.text) {
    const std::string pattern = q.argument(like_pattern(*f.text));
    t.more += " AND (t.kind ILIKE " + pattern + " OR t.memo ILIKE " + pattern +
              or_id(q, "t.id", *f.text) + ')';
  }
  if (f.account && f.owner)
    t.more += " AND EXISTS (SELECT 1 FROM accounts w WHERE w.owner = " + q.argument(*f.owner) +
              " AND w.id IN (t.from_account, t.to_account))";
  return t;
}

/// Transfers that were posted at once, or those that were open: each has an index of its own in the
/// list's order.
std::string kind_of(bool direct) {
  return direct ? "t.status = 'posted' AND t.first_sequence = t.sequence"
                : "(t.status <> 'posted' OR t.first_sequence <> t.sequence)";
}

std::string newest_of(const transfer_terms& t, bool direct, const std::string& side) {
  const std::string place = direct ? "t.sequence" : "t.first_sequence";
  return std::string("(SELECT ") + "t.* FROM transfers t WHERE " + side + kind_of(direct) +
         (direct ? " AND t.status NOT IN ('scheduled', 'pending')" : "") + " AND " + place +
         " >= " + t.first + " AND " + place + " < " + t.end + t.more + " ORDER BY " + place +
         " DESC LIMIT " + t.limit + ')';
}

/// For some accounts, from both sides: a transfer between two of them is found twice, and `UNION`
/// removes the duplicate.
std::string of_accounts(const transfer_terms& t, const std::string& which) {
  std::string all;
  for (const char* side : {"from_account", "to_account"})
    for (const bool direct : {true, false}) {
      if (!all.empty()) all += " UNION ";
      all += "(SELECT t.* FROM accounts a CROSS JOIN LATERAL " +
             newest_of(t, direct, std::string("t.") + side + " = a.id AND ") + " t WHERE " + which +
             ')';
    }
  return all;
}

}  // namespace

page<account_record> postgres_reader::accounts(const account_filter& f) {
  postgres_query q(std::string("SELECT ") + postgres_account_columns +
                   " FROM accounts a WHERE a.id ");
  q << (f.after.is_nil() ? ">= " : "> ") + q.argument(f.after);
  if (f.owner) q << " AND a.owner = " + q.argument(*f.owner);
  if (f.ref) q << " AND a.ref = " + q.argument(*f.ref);
  // A literal, as in the partial index of accounts that are not open: only then is it used.
  if (f.status) q << " AND a.status = '" + std::string(to_string(*f.status)) + '\'';
  if (f.status && *f.status != account_status::open) q << " AND a.status <> 'open'";
  if (f.text) {
    const std::string pattern = q.argument(like_pattern(*f.text));
    q << " AND (a.owner ILIKE " + pattern + " OR a.ref ILIKE " + pattern +
             or_id(q, "a.id", *f.text) + ')';
  }
  q << " ORDER BY a.id LIMIT " + q.argument(one_more(f.limit));
  page<account_record> found;
  for (auto row = q.run(s_); row.next() && put(found, f.limit, account_in(row));) {
  }
  return found;
}

page<transfer_record> postgres_reader::transfers(const transfer_filter& f) {
  std::uint64_t end = place_of(f.before);
  if (f.to) end = std::min(end, first_since(*f.to));
  const std::uint64_t first = f.from ? first_since(*f.from) : 1;
  postgres_query q(std::string("SELECT ") + postgres_transfer_columns + " FROM (");
  transfer_terms t = terms_of(q, f);
  t.first = q.argument(first);
  t.end = q.argument(end);
  t.limit = q.argument(one_more(f.limit));
  if (f.account) {
    q << of_accounts(t, "a.id = " + q.argument(*f.account));
  } else if (f.owner) {
    q << of_accounts(t, "a.owner = " + q.argument(*f.owner));
  } else {
    q << newest_of(t, true, "") << " UNION ALL " << newest_of(t, false, "");
  }
  q << ") t ORDER BY t.first_sequence DESC LIMIT " + t.limit;
  page<transfer_record> found;
  for (auto row = q.run(s_); row.next() && put(found, f.limit, record_in(row));) {
  }
  return found;
}

page<standing_order> postgres_reader::orders(const order_filter& f) {
  postgres_query q(std::string("SELECT ") + postgres_order_columns +
                   " FROM standing_orders o WHERE o.number < ");
  q << q.argument(place_of(f.before));
  if (f.from) q << " AND o.from_account = " + q.argument(*f.from);
  if (f.owner)
    q << " AND o.from_account IN (SELECT id FROM accounts WHERE owner = " + q.argument(*f.owner) +
             ')';
  if (f.status == order_status::active) q << " AND o.next_at IS NOT NULL";
  if (f.status == order_status::ended) q << " AND o.next_at IS NULL AND o.deleted_at IS NULL";
  if (f.status == order_status::deleted) q << " AND o.deleted_at IS NOT NULL";
  q << " ORDER BY o.number DESC LIMIT " + q.argument(one_more(f.limit));
  page<standing_order> found;
  for (auto row = q.run(s_); row.next() && put(found, f.limit, order_in(row));) {
  }
  return found;
}

std::vector<owner_summary> postgres_reader::owners(const std::string& text,
                                                   const std::optional<std::string>& only,
                                                   std::size_t limit) {
  postgres_query q("SELECT owner, count(*) FROM accounts WHERE type <> 'world' AND owner ILIKE ");
  q << q.argument(like_pattern(text));
  if (only) q << " AND owner = " + q.argument(*only);
  q << " GROUP BY owner ORDER BY owner LIMIT " + q.argument(one_more(limit) - 1);
  std::vector<owner_summary> found;
  for (auto row = q.run(s_); row.next();) found.push_back({row.text(0), row.count(1)});
  return found;
}

}  // namespace bank::storage
