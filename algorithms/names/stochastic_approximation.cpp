// Names, formulas and pseudo-code of stochastic approximation.
#include "algorithms/stochastic_approximation.hpp"

#include "algorithms/names/names.hpp"

namespace rl {

void add_stochastic_approximation(Registry& registry) {
  const char* const file = "algorithms/stochastic_approximation.hpp";
  const Facts arms{.known_model = true, .bandit = true};  // for the exact root
  registry.add_learner<MeanEstimation>(
      "mean_estimation",
      {file, "Mean estimation: the mean of a reward, one sample at a time", "MFRL 6.1; S&B 2.4",
       "w <- w + alpha_k [ x_k - w ]",
       "w = w1\n"
       "for k = 1, 2, ...\n"
       "  pull the arm, observe its reward x\n"
       "  w <- w + alpha_k [ x - w ]"},
      arms);
  registry.add_learner<RobbinsMonro>(
      "robbins_monro",
      {file, "Robbins-Monro: the root of a function that is seen through noise", "MFRL 6.2",
       "w <- w - alpha_k [ g(w) + x_k ]",
       "w = w1\n"
       "for k = 1, 2, ...\n"
       "  pull the arm: its reward x is the noise\n"
       "  w <- w - alpha_k [ g(w) + x ]"},
      arms);
  registry.add_learner<Dvoretzky>("dvoretzky",
                                  {file, "Dvoretzky's setting: a contraction with noise",
                                   "MFRL 6.3", "w <- (1 - alpha_k) w + beta_k x_k",
                                   "w = w1\n"
                                   "for k = 1, 2, ...\n"
                                   "  pull the arm: its reward x is the noise\n"
                                   "  w <- (1 - alpha_k) w + beta_k x"},
                                  arms);
  registry.add_learner<StochasticGradientDescent>(
      "sgd",
      {file, "Stochastic gradient descent on E[loss(w, x)]", "MFRL 6.4",
       "w <- w - alpha_k (d/dw) loss(w, x_k)",
       "w = w1\n"
       "for k = 1, 2, ...\n"
       "  pull the arm, observe its reward x\n"
       "  w <- w - alpha_k (d/dw) loss(w, x)"},
      arms);
  registry.add_learner<MiniBatchGradientDescent>(
      "mini_batch_gd",
      {file, "Mini-batch gradient descent: the mean gradient of a few new samples", "MFRL 6.4",
       "w <- w - alpha_k mean_j (d/dw) loss(w, x_j)",
       "w = w1\n"
       "for k = 1, 2, ...\n"
       "  pull the arm until there are m new rewards x_j\n"
       "  w <- w - alpha_k mean_j (d/dw) loss(w, x_j)"},
      arms);
  registry.add_learner<BatchGradientDescent>(
      "batch_gd",
      {file, "Batch gradient descent: the mean gradient of all of n samples", "MFRL 6.4",
       "w <- w - alpha_k mean_j (d/dw) loss(w, x_j)",
       "w = w1; pull the arm n times and keep the rewards x_j\n"
       "for k = 1, 2, ...\n"
       "  w <- w - alpha_k mean_j (d/dw) loss(w, x_j)"},
      arms);
}

}  // namespace rl
