#pragma once
/// \file
/// What a two-sided t test with n runs a side can find. With an effect of d standard deviations
/// its t has 2 (n - 1) degrees and the noncentrality d sqrt(n / 2):
///
///     power = P(|T| > t_{1 - alpha/2})
///
/// n may be a fraction, as the answer to "how many" is. All throw std::invalid_argument for n
/// below 2, effects that are not positive, and alpha and power outside of 0 < alpha < power < 1.

namespace rl {

double power_of_t_test(double n, double effect, double alpha = 0.05);
/// The effect, in standard deviations, that n runs a side find with probability `power`.
double detectable_difference(double n, double alpha = 0.05, double power = 0.8);
/// The runs a side that find the effect: to be rounded up; 2 where fewer would do.
double runs_to_detect(double effect, double alpha = 0.05, double power = 0.8);

}  // namespace rl
