#pragma once

#include "bank/storage/forwarding_store.hpp"

namespace bank::tests {

using storage::forwarding_store;

}  // namespace bank::tests
