#include "algorithms/preference/kl.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "rl/random.hpp"
#include "tests/errors.hpp"
#include "tests/numbers.hpp"

namespace rl {
namespace {

using doctest::Approx;
using tests::contains;
using tests::error_of;
using tests::kNan;

using KlRow = std::vector<double>;

constexpr std::array kKlEstimators = {KlEstimator::k1, KlEstimator::k2, KlEstimator::k3};

KlRow kl_softmax(const KlRow& h) {
  KlRow pi;
  double sum = 0;
  for (const double x : h) {
    pi.push_back(std::exp(x));
    sum += pi.back();
  }
  for (double& p : pi) p /= sum;
  return pi;
}

/// Preferences of a policy and its reference, over 2 to 6 actions.
struct KlDraw {
  KlRow h, pi, reference;
  explicit KlDraw(Rng& rng) {
    KlRow below;
    for (int a = 2 + rng.index(5); a > 0; --a) {
      h.push_back(1.5 * rng.normal());
      below.push_back(1.5 * rng.normal());
    }
    pi = kl_softmax(h);
    reference = kl_softmax(below);
  }
};

/// sum_a p(a) ln p(a) / q(a), written once more.
double plain_kl(const KlRow& p, const KlRow& q) {
  double sum = 0;
  for (std::size_t a = 0; a < p.size(); ++a) sum += p[a] * (std::log(p[a]) - std::log(q[a]));
  return sum;
}

/// The three estimators, written once more.
double plain_estimate(KlEstimator estimator, double pi, double reference) {
  const double d = std::log(pi / reference);
  if (estimator == KlEstimator::k1) return d;
  if (estimator == KlEstimator::k2) return d * d / 2;
  return reference / pi - 1 + d;
}

/// df(softmax(h)) / dh by central differences.
KlRow kl_gradient_of(const std::function<double(const KlRow&)>& f, const KlRow& h) {
  constexpr double step = 1e-3;
  KlRow gradient;
  for (std::size_t b = 0; b < h.size(); ++b) {
    const auto at = [&](double x) {
      KlRow moved = h;
      moved[b] += x;
      return f(kl_softmax(moved));
    };
    gradient.push_back((8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step));
  }
  return gradient;
}

double kl_distance(const KlRow& a, const KlRow& b) {
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

/// What sampling follows, with what is held fixed held fixed: pi in the weights for a loss, the
/// estimate for a reward, neither for a loss with its ratio.
KlRow sampled_gradient(KlEstimator estimator, KlPlacement placement, const KlDraw& draw) {
  return kl_gradient_of(
      [&](const KlRow& moved) {
        const KlRow& weight = placement == KlPlacement::loss ? draw.pi : moved;
        const KlRow& judged = placement == KlPlacement::reward ? draw.pi : moved;
        double sum = 0;
        for (std::size_t a = 0; a < moved.size(); ++a)
          sum += weight[a] * plain_estimate(estimator, judged[a], draw.reference[a]);
        return sum;
      },
      draw.h);
}

}  // namespace

TEST_CASE("kl: two coins by hand") {
  const KlRow p = {0.5, 0.5};
  const KlRow q = {0.25, 0.75};
  CHECK(kl_divergence(p, q) == Approx(std::log(4. / 3) / 2).epsilon(1e-14));
  CHECK(kl_divergence(q, p) == Approx(std::log(0.5) / 4 + 0.75 * std::log(1.5)).epsilon(1e-14));
  CHECK(kl_divergence(p, p) == 0);
}

TEST_CASE("kl: no mass on an action costs nothing, mass where the reference has none is refused") {
  const KlRow p = {1, 0};
  const KlRow q = {0.5, 0.5};
  CHECK(kl_divergence(p, q) == Approx(std::log(2.0)).epsilon(1e-15));
  CHECK(error_of([&] { kl_divergence(q, p); }) ==
        "KL divergence: the reference gives action 1 probability 0, the policy 0.5: it is "
        "infinite");
  CHECK(kl_divergence(p, p) == 0);
  const KlRow longer = {0.5, 0.25, 0.25};
  CHECK(error_of([&] { kl_divergence(p, longer); }) == "KL divergence: 2 probabilities beside 3");
}

TEST_CASE("kl: the means of k1 and k3 are the divergence, that of k2 is not; variances too") {
  Rng rng(1);
  for (int k = 0; k < 300; ++k) {
    const KlDraw draw(rng);
    const double kl = plain_kl(draw.pi, draw.reference);
    CHECK(kl_divergence(draw.pi, draw.reference) == Approx(kl).epsilon(1e-12));
    CHECK(kl >= 0);
    for (const KlEstimator estimator : kKlEstimators) {
      double mean = 0;
      double spread = 0;
      for (std::size_t a = 0; a < draw.pi.size(); ++a)
        mean += draw.pi[a] * plain_estimate(estimator, draw.pi[a], draw.reference[a]);
      for (std::size_t a = 0; a < draw.pi.size(); ++a)
        spread += draw.pi[a] *
                  std::pow(plain_estimate(estimator, draw.pi[a], draw.reference[a]) - mean, 2);
      const KlMoments moments = kl_moments(estimator, draw.pi, draw.reference);
      CHECK(moments.mean == Approx(mean).epsilon(1e-11));
      CHECK(std::abs(moments.variance - spread) <= 1e-10 * (1 + spread + mean * mean));
      if (estimator != KlEstimator::k2) CHECK(std::abs(moments.mean - kl) <= 1e-11 * (1 + kl));
    }
    CHECK(std::abs(kl_moments(KlEstimator::k2, draw.pi, draw.reference).mean - kl) > 1e-5 * kl);
  }
}

TEST_CASE("kl: slopes of the estimates are central differences, and k3 is never negative") {
  Rng rng(2);
  for (const KlEstimator estimator : kKlEstimators)
    for (int k = 0; k < 200; ++k) {
      const double d = rng.uniform(-5, 5);
      const auto value = [&](double x) { return kl_estimate(estimator, d + x).value; };
      constexpr double h = 1e-3;
      const double slope = (8 * (value(h) - value(-h)) - (value(2 * h) - value(-2 * h))) / (12 * h);
      CHECK(kl_estimate(estimator, d).slope == Approx(slope).epsilon(1e-8));
      CHECK(kl_estimate(KlEstimator::k3, d).value >= 0);
    }
  // The part of second order is all that is left near 0.
  CHECK(std::abs(kl_estimate(KlEstimator::k3, 1e-6).value - 5e-13) <= 1e-18);
}

TEST_CASE("kl: each gradient is the derivative of what is sampled, at 200 random policies") {
  Rng rng(3);
  for (int k = 0; k < 200; ++k) {
    const KlDraw draw(rng);
    for (const KlEstimator estimator : kKlEstimators)
      for (const KlPlacement placement :
           {KlPlacement::reward, KlPlacement::loss, KlPlacement::weighted_loss}) {
        const KlRow numeric = sampled_gradient(estimator, placement, draw);
        const KlRow exact = expected_kl_gradient(estimator, placement, draw.pi, draw.reference);
        double scale = 1;
        for (const double x : exact) scale = std::max(scale, std::abs(x));
        CHECK(kl_distance(numeric, exact) <= 1e-8 * scale);
      }
  }
}

TEST_CASE("kl: which estimator in which place pulls by which divergence") {
  Rng rng(4);
  for (int k = 0; k < 200; ++k) {
    const KlDraw draw(rng);
    const KlRow reverse =
        kl_gradient_of([&](const KlRow& pi) { return plain_kl(pi, draw.reference); }, draw.h);
    const KlRow forward =
        kl_gradient_of([&](const KlRow& pi) { return plain_kl(draw.reference, pi); }, draw.h);
    const auto expected = [&](KlEstimator estimator, KlPlacement placement) {
      return expected_kl_gradient(estimator, placement, draw.pi, draw.reference);
    };
    CHECK(kl_distance(expected(KlEstimator::k1, KlPlacement::reward), reverse) <= 1e-8);
    CHECK(kl_distance(expected(KlEstimator::k1, KlPlacement::weighted_loss), reverse) <= 1e-8);
    CHECK(kl_distance(expected(KlEstimator::k2, KlPlacement::loss), reverse) <= 1e-8);
    CHECK(kl_distance(expected(KlEstimator::k3, KlPlacement::weighted_loss), reverse) <= 1e-8);
    CHECK(kl_distance(expected(KlEstimator::k3, KlPlacement::loss), forward) <= 1e-8);
  }
}

TEST_CASE("kl: trap: k1 as a loss has no gradient") {
  Rng rng(5);
  for (int k = 0; k < 200; ++k) {
    const KlDraw draw(rng);
    const KlRow none =
        expected_kl_gradient(KlEstimator::k1, KlPlacement::loss, draw.pi, draw.reference);
    for (const double g : none) CHECK(std::abs(g) <= 1e-15);
  }
}

TEST_CASE("kl: trap: k3 as a loss is the forward KL: pi - reference, not the reverse one") {
  Rng rng(6);
  for (int k = 0; k < 200; ++k) {
    const KlDraw draw(rng);
    const KlRow g =
        expected_kl_gradient(KlEstimator::k3, KlPlacement::loss, draw.pi, draw.reference);
    for (std::size_t a = 0; a < g.size(); ++a)
      CHECK(std::abs(g[a] - (draw.pi[a] - draw.reference[a])) <= 1e-13);
    const KlRow reverse =
        expected_kl_gradient(KlEstimator::k1, KlPlacement::reward, draw.pi, draw.reference);
    if (draw.pi.size() > 2) CHECK(kl_distance(g, reverse) > 1e-4);
  }
}

TEST_CASE("kl: trap: the sign: a step against each gradient that is one brings pi nearer") {
  Rng rng(7);
  for (int k = 0; k < 200; ++k) {
    const KlDraw draw(rng);
    const auto nearer = [&](KlEstimator estimator, KlPlacement placement) {
      const KlRow g = expected_kl_gradient(estimator, placement, draw.pi, draw.reference);
      KlRow h = draw.h;
      for (std::size_t a = 0; a < h.size(); ++a) h[a] -= 1e-3 * g[a];
      const KlRow pi = kl_softmax(h);
      return estimator == KlEstimator::k3 && placement == KlPlacement::loss
                 ? plain_kl(draw.reference, pi) < plain_kl(draw.reference, draw.pi)
                 : plain_kl(pi, draw.reference) < plain_kl(draw.pi, draw.reference);
    };
    CHECK(nearer(KlEstimator::k1, KlPlacement::reward));
    CHECK(nearer(KlEstimator::k2, KlPlacement::loss));
    CHECK(nearer(KlEstimator::k3, KlPlacement::loss));
    CHECK(nearer(KlEstimator::k3, KlPlacement::weighted_loss));
  }
}

TEST_CASE("kl: at the reference nothing pulls, and all estimates are 0") {
  const KlRow pi = {0.2, 0.5, 0.3};
  for (const KlEstimator estimator : kKlEstimators) {
    CHECK(kl_estimate(estimator, 0).value == 0);
    CHECK(kl_moments(estimator, pi, pi).mean == 0);
    CHECK(kl_moments(estimator, pi, pi).variance == 0);
    for (const KlPlacement placement :
         {KlPlacement::reward, KlPlacement::loss, KlPlacement::weighted_loss})
      for (const double g : expected_kl_gradient(estimator, placement, pi, pi))
        CHECK(std::abs(g) <= 1e-16);
  }
}

TEST_CASE("kl: actions that the policy never takes add nothing, whatever the reference") {
  const KlRow pi = {0.4, 0.6, 0};
  const KlRow reference = {0.2, 0.5, 0.3};
  CHECK(kl_moments(KlEstimator::k1, pi, reference).mean ==
        Approx(0.4 * std::log(2.0) + 0.6 * std::log(1.2)).epsilon(1e-14));
  CHECK(expected_kl_gradient(KlEstimator::k1, KlPlacement::reward, pi, reference)[2] == 0);
}

TEST_CASE("kl: the adaptive coefficient by hand: errors are clipped at 0.2 either way") {
  AdaptiveKl kl(0.1, 4, 1000);
  kl.update(4.4, 100);  // error .1: 1 + .1 * .1
  CHECK(kl.beta() == Approx(0.1 * 1.01).epsilon(1e-15));
  kl.update(4, 100);  // on target
  CHECK(kl.beta() == Approx(0.1 * 1.01).epsilon(1e-15));
  kl.update(100, 100);  // .2: 1 + .2 * .1
  CHECK(kl.beta() == Approx(0.1 * 1.01 * 1.02).epsilon(1e-15));
  kl.update(0, 500);  // -.2: 1 - .2 * .5
  CHECK(kl.beta() == Approx(0.1 * 1.01 * 1.02 * 0.9).epsilon(1e-15));
  AdaptiveKl at_the_clip(0.1, 4, 1000);
  AdaptiveKl beyond(0.1, 4, 1000);
  at_the_clip.update(4.8, 100);
  beyond.update(4.9, 100);
  CHECK(at_the_clip.beta() == Approx(beyond.beta()).epsilon(1e-15));
}

TEST_CASE("kl: the adaptive coefficient grows above the target, falls below; n counts samples") {
  AdaptiveKl above(0.1, 4, 1000);
  AdaptiveKl below(0.1, 4, 1000);
  AdaptiveKl twice(0.1, 4, 1000);
  above.update(4.2, 64);
  below.update(3.8, 64);
  twice.update(4.2, 128);
  CHECK(above.beta() > 0.1);
  CHECK(below.beta() < 0.1);
  CHECK(twice.beta() - 0.1 == Approx(2 * (above.beta() - 0.1)).epsilon(1e-12));
}

TEST_CASE("kl: trap: an adaptive target or horizon that is not positive is refused") {
  CHECK(error_of([] { AdaptiveKl(0.1, 0, 1000); }) ==
        "adaptive KL: coefficient 0.1, target 0 and horizon 1000 must be positive numbers");
  CHECK(contains(error_of([] { AdaptiveKl(0.1, 6, -1); }), "horizon -1 must be positive numbers"));
  CHECK(contains(error_of([] { AdaptiveKl(0, 6, 1000); }), "coefficient 0"));
  CHECK(contains(error_of([] { AdaptiveKl(0.1, kNan, 1000); }), "must be positive numbers"));
}

// A negative coefficient would drive the policy away from the reference.
TEST_CASE("kl: the adaptive coefficient stays positive, however many samples came at once") {
  AdaptiveKl kl(0.1, 6, 100);
  kl.update(0, 1000);
  CHECK(kl.beta() > 0);
}

TEST_CASE("kl: the adaptive coefficient stands in a checkpoint by its name") {
  AdaptiveKl kl(0.1, 6, 100);
  std::string name;
  const auto write = [&](const char* key, double& value) {
    name = key;
    value = 0.7;
  };
  kl.state(write);
  CHECK(name == "adaptive_kl.beta");
  CHECK(kl.beta() == 0.7);
}

}  // namespace rl
