#include "rl/features/feature_table.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "rl/features.hpp"
#include "tests/errors.hpp"

using rl::FeatureTable;
using rl::make_features;
using tests::error_of;

namespace {

const rl::Space kThree = {{"x", 0, 2}};
const std::vector<double> kStates = {0, 1, 2};

}  // namespace

TEST_CASE("feature table: dense rows give w.phi(s) and take x phi(s)") {
  const FeatureTable table(make_features("polynomial:scale=raw,degree=4", kThree), 3, kStates);
  CHECK(table.dense());
  CHECK(table.num_features() == 5);
  std::vector<double> w = {1, 10, 100, 1000, 10000};
  CHECK(table.dot(0, w) == 1);
  CHECK(table.dot(1, w) == 11111);
  CHECK(table.dot(2, w) == 1 + 20 + 400 + 8000 + 160000);
  table.add(2, 0.5, w);
  CHECK(w == std::vector<double>{1.5, 11, 102, 1004, 10008});
}

TEST_CASE("feature table: sparse rows give the same") {
  const FeatureTable table(make_features("one_hot+bias", kThree), 3, kStates);
  CHECK(!table.dense());
  CHECK(table.most_active() == 2);
  std::vector<double> w = {1, 2, 3, 10};
  CHECK(table.dot(0, w) == 11);
  CHECK(table.dot(2, w) == 13);
  table.add(2, 0.5, w);
  CHECK(w == std::vector<double>{1, 2, 3.5, 10.5});
}

TEST_CASE("feature table: each feature that is not 0 is shown once, in both forms") {
  for (const char* text : {"polynomial:scale=raw,degree=1", "one_hot+bias"}) {
    const auto map = make_features(text, kThree);
    const FeatureTable table(map, 3, kStates);
    for (rl::State s = 0; s < 3; ++s) {
      std::vector<double> shown(map.size(), 0);
      table.for_each(s, [&](std::size_t i, double value) {
        CHECK(shown[i] == 0);
        CHECK(value != 0);
        shown[i] = value;
      });
      for (std::size_t i = 0; i < map.size(); ++i)
        CHECK(shown[i] == rl::values_of(map, i, kStates)[static_cast<std::size_t>(s)]);
    }
  }
}

TEST_CASE("feature table: terminal states have no features") {
  for (const char* text : {"polynomial:scale=raw,degree=1", "one_hot+bias"}) {
    const auto map = make_features(text, kThree);
    const FeatureTable table(map, 3, kStates, {false, false, true});
    std::vector<double> w(map.size(), 1);
    CHECK(table.dot(2, w) == 0);
    table.add(2, 1, w);
    CHECK(w == std::vector<double>(map.size(), 1));
    table.for_each(2, [](std::size_t, double) { FAIL("a terminal state has a feature"); });
    CHECK(table.dot(1, w) == 2);
  }
}

TEST_CASE("feature table: lengths that do not fit are refused") {
  const auto map = make_features("bias", {{"x", 0, 1}, {"y", 0, 1}});
  CHECK(error_of([&] { FeatureTable(map, 3, kStates); }) ==
        "a table of features needs 6 coordinates, not 3");
  CHECK(error_of([&] { FeatureTable(make_features("bias", kThree), 3, kStates, {true}); }) ==
        "a table of features needs 3 marks of terminal states, not 1");
}
