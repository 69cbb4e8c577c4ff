#include "bank/api/routes.hpp"
