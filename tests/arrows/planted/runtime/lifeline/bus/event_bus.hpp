#pragma once

#include "lifeline/supervision/supervisor.hpp"
