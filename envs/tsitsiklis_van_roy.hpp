#pragma once
/// \file
/// Tsitsiklis and Van Roy's counterexample (S&B Example 11.1): least squares to the expected
/// one-step return diverges where gamma > 5 / (6 - 4 epsilon), with the values w and 2 w.
///
///     w_{k+1} = ((6 - 4 epsilon) / 5) gamma w_k
///
/// States      0 and 1 (the book's first and second, features 1 and 2), and the end 2.
/// Actions     one, "on": the book has none, this is a prediction problem. 0 goes to 1; 1 stays
///             with 1 - epsilon and ends with epsilon.
/// Reward      0, so all values are 0.
/// Terminal    2. Start uniform over 0 and 1 (the book needs none). gamma 0.99. No limit on an
///             episode; every one ends. No ties: there is nothing to choose.
/// Source      S&B 11.2.
#include "rl/options.hpp"
#include "rl/registry.hpp"

namespace rl {

struct TsitsiklisVanRoyOptions {
  double epsilon = 0.01;

  template <class Visitor>
  void visit(Visitor& v) {
    v("epsilon", epsilon, "probability that the second state ends", Range{1e-9, 1});
  }
};

Problem tsitsiklis_van_roy(const TsitsiklisVanRoyOptions& options = {},
                           const WorldContext& context = {});

}  // namespace rl
