#include <iostream>

#include "algorithms/all.hpp"
#include "apps/reproduce/evaluate.hpp"
#include "envs/all.hpp"

int main(int argc, char** argv) {
  rl::Registry registry;
  rl::add_worlds(registry);
  rl::add_algorithms(registry);
  return rl::reproduce::evaluate_program(registry, std::vector<std::string>(argv + 1, argv + argc),
                                         std::cout, std::cerr);
}
