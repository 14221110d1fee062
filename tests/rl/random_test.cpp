#include "rl/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "rl/state.hpp"

using rl::Rng;

namespace {

std::vector<std::uint64_t> first_bits(Rng rng, int n) {
  std::vector<std::uint64_t> bits;
  for (int i = 0; i < n; ++i) bits.push_back(rng.bits());
  return bits;
}

/// The generator's first 64 bits are rotl(w0 + w3, 23) + w0: all ones for w0 = 0, w3 = ~0.
Rng about_to_draw_the_largest() { return Rng::from_state({0, 1, 2, ~std::uint64_t{0}}); }
Rng about_to_draw_zero() { return Rng::from_state({0, 1, 2, 0}); }

/// sum over bins of (count - expected)^2 / expected.
double chi_square(const std::vector<int>& counts, double expected) {
  double sum = 0;
  for (const int n : counts) sum += (n - expected) * (n - expected) / expected;
  return sum;
}

}  // namespace

TEST_CASE("rng: xoshiro256++ agrees with its published reference") {
  CHECK(first_bits(Rng::from_state({1, 2, 3, 4}), 10) ==
        std::vector<std::uint64_t>{41943041u, 58720359u, 3588806011781223u, 3591011842654386u,
                                   9228616714210784205u, 9973669472204895162u,
                                   14011001112246962877u, 12406186145184390807u,
                                   15849039046786891736u, 10450023813501588000u});
}

TEST_CASE("rng: splitmix64 agrees with its published reference") {
  std::uint64_t x = 1234567;
  std::vector<std::uint64_t> numbers;
  for (int i = 0; i < 5; ++i) numbers.push_back(rl::splitmix64(x));
  CHECK(numbers == std::vector<std::uint64_t>{6457827717110365317u, 3203168211198807973u,
                                              9817491932198370423u, 4593380528125082431u,
                                              16408922859458223821u});
}

// Computed once by another implementation of the two published generators.
TEST_CASE("rng: the first numbers of a seed and of its sub-streams never change") {
  CHECK(first_bits(Rng(0), 4) ==
        std::vector<std::uint64_t>{5987356902031041503u, 7051070477665621255u, 6633766593972829180u,
                                   211316841551650330u});
  CHECK(first_bits(Rng(1), 4) ==
        std::vector<std::uint64_t>{14971601782005023387u, 13781649495232077965u,
                                   1847458086238483744u, 13765271635752736470u});
  CHECK(first_bits(Rng(12345), 4) ==
        std::vector<std::uint64_t>{10201931350592234856u, 3780764549115216544u,
                                   1570246627180645737u, 3237956550421933520u});
  CHECK(first_bits(Rng(1).split(7), 3) == std::vector<std::uint64_t>{10948144568309814905u,
                                                                     9986634814856594879u,
                                                                     17181502265658690882u});
  CHECK(first_bits(Rng(1).split("environment"), 3) ==
        std::vector<std::uint64_t>{2543275680007120704u, 11134546716867164992u,
                                   4546151187803646539u});
}

TEST_CASE("rng: a sub-stream does not depend on what was drawn, nor does it draw") {
  Rng root(5);
  const Rng before = root;
  const Rng early = root.split("task");
  CHECK(root == before);
  for (int i = 0; i < 100; ++i) root.bits();
  CHECK(root.split("task") == early);
  CHECK_FALSE(root.split("other") == early);
  CHECK_FALSE(root.split(1) == root.split(2));
  CHECK_FALSE(Rng(6).split("task") == early);
}

TEST_CASE("rng: sub-streams of sub-streams all differ") {
  std::vector<std::uint64_t> firsts;
  for (std::uint64_t i = 0; i < 100; ++i)
    for (std::uint64_t j = 0; j < 100; ++j) firsts.push_back(Rng(0).split(i).split(j).bits());
  std::sort(firsts.begin(), firsts.end());
  CHECK(std::adjacent_find(firsts.begin(), firsts.end()) == firsts.end());
}

TEST_CASE("streams: world and learner draw apart, whatever the other draws") {
  rl::Streams streams(3);
  CHECK_FALSE(streams.environment.bits() == streams.agent.bits());
  rl::Streams other(3);
  for (int i = 0; i < 10; ++i) other.agent.bits();
  other.environment.bits();
  CHECK(other.environment == streams.environment);
}

TEST_CASE("rng: uniform numbers are multiples of 2^-53 in [0, 1)") {
  CHECK(about_to_draw_zero().uniform() == 0);
  CHECK(about_to_draw_the_largest().uniform() == 1 - 0x1.0p-53);
  Rng rng(1);
  double sum = 0;
  constexpr int kDraws = 100'000;
  for (int i = 0; i < kDraws; ++i) {
    const double u = rng.uniform();
    CHECK_UNARY(u >= 0 && u < 1 && std::floor(u * 0x1.0p53) == u * 0x1.0p53);
    sum += u;
  }
  // The mean's standard deviation is sqrt(1 / 12 / n).
  CHECK(std::abs(sum / kDraws - 0.5) < 4 * std::sqrt(1.0 / 12 / kDraws));
}

TEST_CASE("rng: a flip draws once, even where its outcome is certain") {
  for (const double p : {0.0, 0.5, 1.0}) {
    Rng rng(2);
    Rng reference(2);
    const bool heads = rng.flip(p);
    reference.bits();
    CHECK(rng == reference);
    if (p == 0.0) CHECK_FALSE(heads);
    if (p == 1.0) CHECK(heads);
  }
  CHECK(about_to_draw_the_largest().flip(1));
  CHECK_FALSE(about_to_draw_zero().flip(0));
}

TEST_CASE("rng: an index is uniform") {
  // 99.9999 % of the chi-square distribution with 5 degrees of freedom lies below 35.9.
  Rng rng(11);
  std::vector<int> counts(6, 0);
  for (int i = 0; i < 600'000; ++i) ++counts[static_cast<std::size_t>(rng.index(6))];
  CHECK(chi_square(counts, 100'000) < 35.9);
  CHECK(rng.index(1) == 0);
  CHECK(about_to_draw_zero().index(6) == 0);
}

TEST_CASE(
    "rng: an index of a range that does not divide 2^32 is rejected where it would be biased") {
  // 3 * 2^29 values share 2^32 numbers: without rejection i mod 3 would be 0, 1, 2 in 3, 3, 2 of 8
  // cases; one number in four must be rejected, and 2 degrees of freedom give 27.6 at 99.9999 %.
  constexpr std::int32_t kRange = 3 << 29;
  constexpr int kDraws = 90'000;
  Rng rng(12);
  std::vector<int> counts(3, 0);
  int rejections = 0;
  for (int i = 0; i < kDraws; ++i) {
    Rng reference = rng;
    const std::int32_t k = rng.index(kRange);
    CHECK_UNARY(k >= 0 && k < kRange);
    ++counts[static_cast<std::size_t>(k % 3)];
    for (reference.bits(); !(reference == rng); reference.bits()) ++rejections;
  }
  CHECK(chi_square(counts, kDraws / 3.0) < 27.6);
  // Rejections before a success of probability 3/4: mean 1/3, variance (1/4) / (3/4)^2 = 4/9.
  CHECK(std::abs(rejections - kDraws / 3.0) < 4 * std::sqrt(4.0 / 9 * kDraws));
}

TEST_CASE("rng: categorical follows the probabilities and never picks a zero") {
  const std::vector<double> p = {0, 0.125, 0, 0.25, 0.625, 0};
  constexpr int kDraws = 200'000;
  Rng rng(13);
  std::vector<int> counts(p.size(), 0);
  for (int i = 0; i < kDraws; ++i) ++counts[static_cast<std::size_t>(rng.categorical(p))];
  for (std::size_t i = 0; i < p.size(); ++i) {
    CHECK(std::abs(counts[i] - p[i] * kDraws) <= 4 * std::sqrt(kDraws * p[i] * (1 - p[i])));
    if (p[i] == 0) CHECK(counts[i] == 0);
  }
}

TEST_CASE("rng: categorical stays within the positive entries at both ends of [0, 1)") {
  CHECK(about_to_draw_zero().categorical(std::vector<double>{0, 0, 1}) == 2);
  CHECK(about_to_draw_the_largest().categorical(std::vector<double>{0.5, 0.5, 0}) == 1);
  // Ten times 0.1 sums to less than the largest number below 1.
  std::vector<double> tenths(10, 0.1);
  tenths.push_back(0);
  CHECK(about_to_draw_the_largest().categorical(tenths) == 9);
}

TEST_CASE("rng: categorical draws once, whatever the probabilities are") {
  Rng rng(14);
  Rng reference(14);
  rng.categorical(std::vector<double>{1});
  reference.bits();
  CHECK(rng == reference);
}

TEST_CASE("rng: normal numbers have the moments of the normal distribution") {
  constexpr int kDraws = 1'000'000;
  Rng rng(15);
  std::array<double, 5> moment{};
  for (int i = 0; i < kDraws; ++i) {
    const double x = rng.normal();
    for (std::size_t k = 1; k < moment.size(); ++k)
      moment[k] += std::pow(x, static_cast<double>(k)) / kDraws;
  }
  // E[x^k] = 0, 1, 0, 3; the variances of x^k are 1, 2, 15, 96.
  CHECK(std::abs(moment[1]) < 4 * std::sqrt(1.0 / kDraws));
  CHECK(std::abs(moment[2] - 1) < 4 * std::sqrt(2.0 / kDraws));
  CHECK(std::abs(moment[3]) < 4 * std::sqrt(15.0 / kDraws));
  CHECK(std::abs(moment[4] - 3) < 4 * std::sqrt(96.0 / kDraws));
}

TEST_CASE("rng: a saved generator goes on where it was, sub-streams included") {
  Rng rng(16);
  rng.normal();
  Rng other(0);
  rl::load_state(rl::save_state(rng), other);
  CHECK(other == rng);
  CHECK(other.bits() == rng.bits());
  CHECK(other.split("x") == rng.split("x"));
}
