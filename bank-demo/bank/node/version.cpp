#include "bank/node/version.hpp"

namespace bank::node {

const std::string_view version = BANK_VERSION;

}  // namespace bank::node
