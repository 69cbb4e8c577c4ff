#pragma once

// A timer that knows actors.
#include "lifeline/actor/caf.hpp"
