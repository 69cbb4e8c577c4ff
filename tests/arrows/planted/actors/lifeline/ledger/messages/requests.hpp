#pragma once

#include "lifeline/actor/caf.hpp"
