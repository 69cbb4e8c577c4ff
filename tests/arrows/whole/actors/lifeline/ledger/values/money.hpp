#pragma once

#include "lifeline/time/clock.hpp"
