#include "bank/storage/sqlite/rows.hpp"
