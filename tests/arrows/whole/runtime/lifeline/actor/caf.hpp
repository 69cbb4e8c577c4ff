#pragma once

#include <caf/actor.hpp>

#include "lifeline/time/clock.hpp"
