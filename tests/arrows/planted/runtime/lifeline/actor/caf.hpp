#pragma once

#include <caf/actor.hpp>

#include "lifeline/context/detail/node.hpp"
