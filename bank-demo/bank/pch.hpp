#pragma once

// Precompiled for the bank's rooms: the heavy headers, so that they are read once.
#include <boost/asio.hpp>
#include <boost/beast.hpp>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <filesystem>

#include "lifeline/actor/asio_port.hpp"
#include "lifeline/actor/message.hpp"
