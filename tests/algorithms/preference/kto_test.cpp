#include "algorithms/preference/kto.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "rl/files.hpp"
#include "rl/random.hpp"
#include "tests/errors.hpp"
#include "tests/paths.hpp"

namespace rl {
namespace {

using doctest::Approx;
using nlohmann::json;
using tests::contains;
using tests::error_of;

std::vector<double> kto_ratios(const json& in, const char* policy, const char* reference) {
  std::vector<double> ratio;
  for (std::size_t i = 0; i < in[policy].size(); ++i)
    ratio.push_back(in[policy][i].get<double>() - in[reference][i].get<double>());
  return ratio;
}

void check_kto_list(const std::vector<double>& measured, const json& expected, double tolerance) {
  REQUIRE(measured.size() == expected.size());
  for (std::size_t i = 0; i < measured.size(); ++i)
    CHECK(std::abs(measured[i] - expected[i].get<double>()) <= tolerance);
}

/// A batch of n with log-ratios within 5 and labels by chance.
struct KtoBatch {
  std::vector<double> u;
  std::vector<std::uint8_t> good;
  KtoBatch(std::size_t n, Rng& rng) {
    for (std::size_t i = 0; i < n; ++i) {
      u.push_back(rng.uniform(-5, 5));
      good.push_back(rng.flip(0.5) ? 1 : 0);
    }
  }
};

}  // namespace

TEST_CASE("kto: losses, baseline and slopes are those of the truth file") {
  const json file = json::parse(read_file(std::string(tests::kTruthFolder) + "/preference.json"));
  int compared = 0;
  for (const json& c : file["cases"]) {
    if (c["kind"] != "kto" || c["expected"].is_null()) continue;
    CAPTURE(c["id"]);
    const json& in = c["inputs"];
    std::vector<std::uint8_t> good;
    for (const json& label : in["labels"]) good.push_back(label.get<bool>() ? 1 : 0);
    const double z0 = kto_baseline(kto_ratios(in, "policy_kl_logps", "ref_kl_logps"));
    const KtoLoss loss = kto_loss(kto_ratios(in, "policy_logps", "ref_logps"), good, z0,
                                  {.beta = in["beta"],
                                   .desirable_weight = in.value("desirable_weight", 1.0),
                                   .undesirable_weight = in.value("undesirable_weight", 1.0)});
    CHECK(loss.z0 == c["expected"]["kl"].get<double>());
    CHECK(std::abs(loss.value - c["expected"]["loss"].get<double>()) <= 1e-12);
    check_kto_list(loss.per_example, c["expected"]["per_example"], 1e-12);
    if (c["expected"].contains("grad_policy_logps"))
      check_kto_list(loss.slope, c["expected"]["grad_policy_logps"], 1e-12);
    ++compared;
  }
  CHECK(compared == 2);
}

TEST_CASE("kto: two examples by hand") {
  // z0 = (1 + .5) / 2; good: 1 - sigma(.5 (2 - .75)); bad: 2 (1 - sigma(.5 (.75 + 1)))
  const std::vector<double> mismatched = {1, 0.5};
  const double z0 = kto_baseline(mismatched);
  CHECK(z0 == 0.75);
  const std::vector<double> u = {2, -1};
  const std::vector<std::uint8_t> good = {1, 0};
  const KtoLoss loss = kto_loss(u, good, z0, {.beta = 0.5, .undesirable_weight = 2});
  CHECK(loss.per_example[0] == Approx(1 / (1 + std::exp(0.625))).epsilon(1e-15));
  CHECK(loss.per_example[1] == Approx(2 / (1 + std::exp(0.875))).epsilon(1e-15));
  CHECK(loss.value == Approx((loss.per_example[0] + loss.per_example[1]) / 2).epsilon(1e-15));
  CHECK(loss.slope[0] < 0);  // the good one goes up
  CHECK(loss.slope[1] > 0);
}

TEST_CASE("kto: where the policy is its reference each example costs half its weight") {
  const std::vector<double> u = {0, 0, 0};
  const std::vector<std::uint8_t> good = {1, 0, 1};
  const KtoLoss loss = kto_loss(u, good, 0, {.beta = 0.3, .desirable_weight = 4});
  CHECK(loss.per_example == std::vector<double>{2, 0.5, 2});
  CHECK(loss.value == Approx(1.5));
}

TEST_CASE("kto: slopes are central differences with the baseline held fixed") {
  Rng rng(1);
  for (int k = 0; k < 500; ++k) {
    const KtoBatch batch(static_cast<std::size_t>(1 + rng.index(6)), rng);
    const double z0 = rng.uniform(0, 2);
    const KtoOptions options{.beta = rng.uniform(0.05, 2),
                             .desirable_weight = rng.uniform(0, 2),
                             .undesirable_weight = rng.uniform(0, 2)};
    const KtoLoss at = kto_loss(batch.u, batch.good, z0, options);
    for (std::size_t i = 0; i < batch.u.size(); ++i) {
      const auto value = [&](double x) {
        std::vector<double> u = batch.u;
        u[i] += x;
        return kto_loss(u, batch.good, z0, options).value;
      };
      constexpr double h = 1e-3;
      const double slope = (8 * (value(h) - value(-h)) - (value(2 * h) - value(-2 * h))) / (12 * h);
      CHECK(std::abs(slope - at.slope[i]) <= 1e-6 * std::abs(at.slope[i]) + 1e-12);
    }
  }
}

TEST_CASE("kto: trap: odd batches: no example is its own partner, and each is one's partner") {
  for (std::size_t n = 2; n <= 101; ++n) {
    CAPTURE(n);
    const std::vector<std::size_t> partner = kto_partners(n);
    REQUIRE(partner.size() == n);
    std::vector<int> times(n, 0);
    for (std::size_t i = 0; i < n; ++i) {
      CHECK(partner[i] != i);
      REQUIRE(partner[i] < n);
      ++times[partner[i]];
    }
    CHECK(times == std::vector<int>(n, 1));
  }
}

TEST_CASE("kto: a batch of one is an error: nothing is mismatched in it") {
  const std::string refused =
      "KTO needs a batch of at least 2 examples, not 1: its baseline pairs each prompt with "
      "another one's response";
  CHECK(error_of([] { kto_partners(1); }) == refused);
  const std::vector<double> one = {0.5};
  CHECK(error_of([&] { kto_baseline(one); }) == refused);
  CHECK(contains(error_of([] { kto_partners(0); }), "not 0"));
  CHECK(contains(error_of([] { kto_baseline({}); }), "not 0"));
}

TEST_CASE("kto: the baseline is a mean that is never negative") {
  const std::vector<double> below = {-3, 1};
  const std::vector<double> above = {3, -1};
  CHECK(kto_baseline(below) == 0);
  CHECK(kto_baseline(above) == 1);
}

TEST_CASE("kto: each weight scales its own examples and no others") {
  Rng rng(2);
  const KtoBatch batch(40, rng);
  const KtoLoss plain = kto_loss(batch.u, batch.good, 0.3);
  const KtoLoss good_thrice = kto_loss(batch.u, batch.good, 0.3, {.desirable_weight = 3});
  const KtoLoss bad_thrice = kto_loss(batch.u, batch.good, 0.3, {.undesirable_weight = 3});
  for (std::size_t i = 0; i < batch.u.size(); ++i) {
    const double by_good = batch.good[i] != 0 ? 3 : 1;
    const double by_bad = batch.good[i] != 0 ? 1 : 3;
    CHECK(good_thrice.per_example[i] == Approx(by_good * plain.per_example[i]).epsilon(1e-15));
    CHECK(good_thrice.slope[i] == Approx(by_good * plain.slope[i]).epsilon(1e-15));
    CHECK(bad_thrice.per_example[i] == Approx(by_bad * plain.per_example[i]).epsilon(1e-15));
    CHECK(bad_thrice.slope[i] == Approx(by_bad * plain.slope[i]).epsilon(1e-15));
  }
  CHECK(kto_loss(batch.u, batch.good, 0.3, {.beta = 0.2}).value != plain.value);
  CHECK(kto_loss(batch.u, batch.good, 0.4).value != plain.value);
}

TEST_CASE("kto: a good example is a bad one mirrored about the baseline") {
  const std::vector<double> u = {1.7};
  const std::vector<double> mirrored = {2 * 0.6 - 1.7};
  const std::vector<std::uint8_t> good = {1};
  const std::vector<std::uint8_t> bad = {0};
  const KtoLoss a = kto_loss(u, good, 0.6);
  const KtoLoss b = kto_loss(mirrored, bad, 0.6);
  CHECK(a.value == Approx(b.value).epsilon(1e-15));
  CHECK(a.slope[0] == Approx(-b.slope[0]).epsilon(1e-15));
}

TEST_CASE("kto: log-ratios of 20000 leave values between 0 and the weight") {
  const std::vector<double> u = {-2e4, 2e4, -2e4, 2e4};
  const std::vector<std::uint8_t> good = {1, 1, 0, 0};
  const KtoLoss loss = kto_loss(u, good, 0, {.beta = 1});
  CHECK(loss.per_example == std::vector<double>{1, 0, 0, 1});
  CHECK(std::accumulate(loss.slope.begin(), loss.slope.end(), 0.0) == 0);
}

TEST_CASE("kto: lists of different lengths are refused") {
  const std::vector<double> u = {1, 2};
  const std::vector<std::uint8_t> good = {1};
  CHECK(error_of([&] { kto_loss(u, good, 0); }) == "KTO: 2 log-ratios stand beside 1 labels");
  CHECK(error_of([] { kto_loss({}, {}, 0); }) == "KTO: 0 log-ratios stand beside 0 labels");
}

}  // namespace rl
