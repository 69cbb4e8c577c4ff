#pragma once

#include "books/book_folder.hpp"
#include "driver/replay_plan.hpp"

namespace bank::driver {

using books::testing::book_folder;

/// Two accounts, four transactions; account 7 falls to -200 in between.
inline replay_plan sample_plan(std::int64_t overdraft_limit = 200) {
  const book_folder folder;
  replay_settings settings;
  settings.unit = *lifeline::ledger::currency::parse("CZK");
  settings.overdraft_limit = overdraft_limit;
  return *make_replay_plan(*books::read_books(folder.path()), settings);
}

}  // namespace bank::driver
