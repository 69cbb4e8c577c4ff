#pragma once

#include "lifeline/context/bind_cancellation.hpp"
