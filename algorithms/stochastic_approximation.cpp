#include "algorithms/stochastic_approximation.hpp"

#include <algorithm>

namespace rl {

double NoisyEquation::value(double w) const {
  switch (g) {
    case Function::linear:
      return w - c;
    case Function::cubic:
      return w * w * w - c;
    case Function::tanh:
      break;
  }
  return std::tanh(w - c);
}

double NoisyEquation::root(const FiniteMdp& model, State s, Action a) const {
  const double mean = model.row(s, a).reward;
  switch (g) {
    case Function::linear:
      return c - mean;
    case Function::cubic:
      return std::cbrt(c - mean);
    case Function::tanh:
      break;
  }
  return c - std::atanh(mean);  // NaN where |mean| > 1: there is none
}

std::string NoisyEquation::note() const {
  switch (g) {
    case Function::cubic:
      return "w^3 grows faster than any line, so a large first step can diverge (MFRL Figure 6.3 "
             "as "
             "printed does)";
    case Function::tanh:
      return "tanh is flat far away, so w comes from there slowly";
    case Function::linear:
      break;
  }
  return "";
}

NoisyContraction::NoisyContraction(const Options& o) : beta(o.beta) {
  if (beta.clock != Schedule::Clock::updates)
    throw std::invalid_argument("option 'beta': its clock is updates");
  if (o.alpha.kind != Schedule::Kind::harmonic && std::min(o.alpha.start, o.alpha.end) <= 0)
    throw std::invalid_argument("option 'alpha': must stay above 0");
}

std::string NoisyContraction::note() const {
  return robbins_monro_conditions(beta).squares_converge
             ? ""
             : "the squares of beta have an infinite sum: w keeps moving";
}

double reward_median(const FiniteMdp& model, State s, Action a) {
  const std::vector<Outcome> outcomes = model.outcomes(s, a);
  const auto at_most = [&](double m) {
    double p = 0;
    for (const Outcome& o : outcomes)
      p += o.probability * (o.reward_sd > 0
                                ? std::erfc((o.reward - m) / (o.reward_sd * std::sqrt(2))) / 2
                                : (o.reward <= m ? 1 : 0));
    return p;
  };
  // A median lies between the outcomes' own: where these are one, there is nothing to search.
  const auto by_reward = [](const Outcome& x, const Outcome& y) { return x.reward < y.reward; };
  double low = std::min_element(outcomes.begin(), outcomes.end(), by_reward)->reward;
  double high = std::max_element(outcomes.begin(), outcomes.end(), by_reward)->reward;
  constexpr double kHalf = 0.5 - 1e-12;  // probabilities are rounded
  if (at_most(low) >= kHalf) return low;
  for (double m = low + (high - low) / 2; m > low && m < high; m = low + (high - low) / 2)
    (at_most(m) >= kHalf ? high : low) = m;
  return high;
}

double LossGradient::root(const FiniteMdp& model, State s, Action a) const {
  return loss == Loss::squared ? model.row(s, a).reward : reward_median(model, s, a);
}

}  // namespace rl
