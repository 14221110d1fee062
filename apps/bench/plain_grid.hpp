#pragma once
/// \file
/// The yardstick of planning on grids: plain value iteration of the slippery grid as a stencil,
/// with every loop vectorised by the widest instructions that the processor has.
#include <vector>

namespace rl::bench {

class PlainGrid {
 public:
  /// n x n cells with the reward for entering each; beyond the edge costs 1.
  PlainGrid(int n, const std::vector<double>& rewards, double gamma);
  /// L <- r + gamma max_a sum p N over all cells; returns the largest change.
  double sweep();

 private:
  int n_;
  double gamma_;
  std::vector<double> L_, next_, r_;  // [(n + 2) x (n + 2)]: a ring of ghosts around
};

}  // namespace rl::bench
