#include <iostream>

#include "bank/node/program.hpp"

int main(int argc, char** argv) {
  return static_cast<int>(bank::node::run_program(
      {argv + 1, argv + argc}, bank::node::current_environment(), std::cout, std::cerr));
}
