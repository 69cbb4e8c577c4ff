#pragma once

#include <string>

#include "lifeline/ledger/core/id_deriver.hpp"
#include "lifeline/ledger/core/transfer_steps.hpp"
#include "lifeline/ledger/values/records.hpp"

// Short constructors for values in tests.

namespace lifeline::ledger::testing {

inline const currency usd = *currency::parse("USD");
inline const currency eur = *currency::parse("EUR");

inline account_id account(const std::string& name) {
  return account_id(uuid::derive({"account", name}));
}
inline transfer_id transfer(const std::string& name) {
  return transfer_id(uuid::derive({"transfer", name}));
}

inline account_record account_of(const std::string& name, std::int64_t posted = 0) {
  account_record a;
  a.id = account(name);
  a.owner = name;
  a.unit = usd;
  a.posted = posted;
  return a;
}

inline transfer_record transfer_of(const std::string& name, account_id from, account_id to,
                                   std::int64_t minor, currency unit = usd) {
  transfer_record t;
  t.id = transfer(name);
  t.from = from;
  t.to = to;
  t.amount = {minor, unit};
  return t;
}

/// The reversal in a ledger whose secret is all zeros.
inline result<transfer_record> reversal_of(const transfer_record& posted) {
  return lifeline::ledger::reversal_of(posted, reversal_id(id_deriver({}), posted.id));
}

}  // namespace lifeline::ledger::testing
