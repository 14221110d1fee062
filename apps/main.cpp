#include "apps/program.hpp"

int main(int argc, char** argv) {
  return rl::apps::program_main(argc, argv, rl::apps::default_registry());
}
