#pragma once

#include <boost/asio/post.hpp>
