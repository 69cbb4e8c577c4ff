#include <sqlite3.h>

#include "lifeline/ledger/money.hpp"
