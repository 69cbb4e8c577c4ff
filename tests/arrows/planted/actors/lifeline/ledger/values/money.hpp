#pragma once

#include <string>

#include "lifeline/ledger/messages/requests.hpp"
