#include <sqlite3.h>

#include "lifeline/ledger/values/money.hpp"
