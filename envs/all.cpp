#include "envs/all.hpp"

namespace rl {

namespace {

void add_grid_worlds(Registry& /*registry*/) {}

void add_other_worlds(Registry& /*registry*/) {}

}  // namespace

void add_worlds(Registry& registry) {
  add_grid_worlds(registry);
  add_other_worlds(registry);
}

}  // namespace rl
