#include "algorithms/advantages.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "rl/random.hpp"
#include "tests/errors.hpp"

using doctest::Approx;
using tests::contains;
using tests::error_of;

namespace {

/// A segment that owns its numbers.
struct Lived {
  std::size_t num_worlds;
  std::vector<double> reward, v, v_next;
  std::vector<std::uint8_t> terminated, truncated;
  rl::SegmentValues view() const { return {num_worlds, reward, v, v_next, terminated, truncated}; }
  std::vector<double> gae(double gamma, double lambda) const {
    std::vector<double> A(reward.size());
    rl::gae(view(), gamma, lambda, A);
    return A;
  }
  std::vector<double> n_step(double gamma, std::size_t n) const {
    std::vector<double> A(reward.size());
    rl::n_step_advantages(view(), gamma, n, A);
    return A;
  }
};

/// Three steps in one world.
Lived three_steps() { return {1, {1, 2, 4}, {8, 6, 2}, {6, 2, 10}, {0, 0, 0}, {0, 0, 0}}; }

Lived random_segment(std::size_t T, std::size_t N) {
  rl::Rng rng(3);
  Lived x{N, {}, {}, {}, {}, {}};
  for (std::size_t i = 0; i < T * N; ++i) {
    x.reward.push_back(rng.normal());
    x.v.push_back(rng.normal());
    x.v_next.push_back(rng.normal());
    x.terminated.push_back(rng.flip(0.1));
    x.truncated.push_back(!x.terminated.back() && rng.flip(0.1));
  }
  for (std::size_t i = 0; i + N < T * N; ++i)
    if (!x.terminated[i] && !x.truncated[i]) x.v_next[i] = x.v[i + N];
  return x;
}

}  // namespace

TEST_CASE("gae: three steps by hand") {
  // gamma = 1/2: delta = 1 + 3 - 8 = -4, 2 + 1 - 6 = -3, 4 + 5 - 2 = 7
  // lambda = 1/2: A_2 = 7, A_1 = -3 + 7/4 = -1.25, A_0 = -4 - 1.25/4 = -4.3125
  CHECK(three_steps().gae(0.5, 0.5) == std::vector<double>{-4.3125, -1.25, 7});
  CHECK(three_steps().gae(0.5, 0) == std::vector<double>{-4, -3, 7});
}

TEST_CASE("n-step advantages: three steps by hand") {
  // gamma = 1/2, n = 2: 1 + 2/2 + 2/4 - 8 = -5.5; 2 + 4/2 + 10/4 - 6 = 0.5; 4 + 10/2 - 2 = 7
  CHECK(three_steps().n_step(0.5, 2) == std::vector<double>{-5.5, 0.5, 7});
}

TEST_CASE("advantages: a terminal next state gives no bootstrap, a truncated one does") {
  Lived x = three_steps();
  x.terminated[1] = 1;
  // A_1 = 2 - 6, and A_0 = -4 + A_1 / 4: the third step is of another episode
  CHECK(x.gae(0.5, 0.5) == std::vector<double>{-5, -4, 7});
  CHECK(x.n_step(0.5, 3) == std::vector<double>{1 + 1 - 8, -4, 7});
  x.terminated[1] = 0;
  x.truncated[1] = 1;
  CHECK(x.gae(0.5, 0.5) == std::vector<double>{-4.75, -3, 7});
  CHECK(x.n_step(0.5, 3) == std::vector<double>{1 + 1 + 0.5 - 8, -3, 7});
}

TEST_CASE("advantages: what stands beyond a terminal state is not read") {
  Lived x = three_steps();
  x.terminated[1] = 1;
  x.v_next[1] = std::nan("");
  for (const double A : x.gae(0.5, 0.5)) CHECK(std::isfinite(A));
}

TEST_CASE("advantages: worlds do not see each other") {
  const Lived both = random_segment(20, 2);
  for (std::size_t n = 0; n < 2; ++n) {
    Lived one{1, {}, {}, {}, {}, {}};
    for (std::size_t i = n; i < both.reward.size(); i += 2) {
      one.reward.push_back(both.reward[i]);
      one.v.push_back(both.v[i]);
      one.v_next.push_back(both.v_next[i]);
      one.terminated.push_back(both.terminated[i]);
      one.truncated.push_back(both.truncated[i]);
    }
    const std::vector<double> A = both.gae(0.9, 0.8);
    const std::vector<double> B = one.gae(0.9, 0.8);
    for (std::size_t t = 0; t < B.size(); ++t) CHECK(A[2 * t + n] == B[t]);
  }
}

TEST_CASE("advantages: GAE(0) is one step and GAE(1) all steps") {
  const Lived x = random_segment(30, 3);
  const std::vector<double> zero = x.gae(0.9, 0), one = x.gae(0.9, 1);
  const std::vector<double> first = x.n_step(0.9, 1), all = x.n_step(0.9, 30);
  for (std::size_t i = 0; i < zero.size(); ++i) {
    CHECK(zero[i] == Approx(first[i]).epsilon(1e-12));
    CHECK(one[i] == Approx(all[i]).epsilon(1e-12));
  }
}

TEST_CASE("advantages: GAE(lambda) weighs n-step ones by (1 - lambda) lambda^(n-1)") {
  Lived x = random_segment(5, 1);
  x.terminated.assign(5, 0);
  x.truncated.assign(5, 0);
  for (std::size_t i = 0; i < 4; ++i) x.v_next[i] = x.v[i + 1];
  const double lambda = 0.7;
  double sum = std::pow(lambda, 4) * x.n_step(0.9, 5)[0];
  for (std::size_t n = 1; n < 5; ++n)
    sum += (1 - lambda) * std::pow(lambda, static_cast<double>(n) - 1) * x.n_step(0.9, n)[0];
  CHECK(x.gae(0.9, lambda)[0] == Approx(sum).epsilon(1e-12));
}

TEST_CASE("advantages: normalised ones have mean 0 and deviation 1; one alone is 0") {
  std::vector<double> A{1, 2, 3, 6};  // mean 3, variance (4 + 1 + 0 + 9) / 4
  rl::normalize(A);
  CHECK(A[0] == Approx(-2 / std::sqrt(3.5)));
  CHECK(A[3] == Approx(3 / std::sqrt(3.5)));
  std::vector<double> alone{7};
  rl::normalize(alone);
  CHECK(alone[0] == 0);
}

TEST_CASE("advantages: lengths and numbers that do not fit are refused") {
  Lived x = three_steps();
  x.num_worlds = 2;
  CHECK(error_of([&] { x.gae(0.9, 0.9); }) == "advantages: 3 steps are no segment of 2 worlds");
  x.num_worlds = 0;
  CHECK(contains(error_of([&] { x.gae(0.9, 0.9); }), "of 0 worlds"));
  x = three_steps();
  CHECK(error_of([&] { x.gae(0.9, 1.5); }) == "advantages: lambda = 1.5 is not in [0, 1]");
  CHECK(error_of([&] { x.gae(-1, 0.5); }) == "advantages: gamma = -1 is not in [0, 1]");
  CHECK(contains(error_of([&] { x.n_step(0.5, 0); }), "at least 1 step"));
  x.v.pop_back();
  CHECK(contains(error_of([&] { x.gae(0.9, 0.9); }), "3 rewards stand beside 2"));
}
