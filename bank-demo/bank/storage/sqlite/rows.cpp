#include "bank/storage/sqlite/rows.hpp"

#include "bank/storage/rules/record_rows.hpp"

namespace bank::storage {

using namespace lifeline::ledger;

using row_type = sqlite_statement::rows;

account_type account_type_of(std::string_view text) { return account_type_in<row_type>(text); }

account_status account_status_of(std::string_view text) {
  return account_status_in<row_type>(text);
}

transfer_status transfer_status_of(std::string_view text) {
  return transfer_status_in<row_type>(text);
}

currency currency_of(std::string_view text) { return currency_in<row_type>(text); }

committed_entry entry_of(const sqlite_statement::rows& row) { return entry_in(row); }

account_record account_of(const sqlite_statement::rows& row) { return account_in(row); }

transfer_record transfer_of(const sqlite_statement::rows& row) { return record_in(row); }

}  // namespace bank::storage
