#include "rl/features/tiles.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "rl/features.hpp"
#include "rl/random.hpp"

using rl::FeatureMap;
using rl::make_features;
using rl::Space;

namespace {

const Space kMountainCar = {{"x", -1.2, 0.5}, {"v", -0.07, 0.07}};

std::vector<std::size_t> tiles_at(const FeatureMap& map, std::vector<double> x) {
  std::vector<rl::Feature> out;
  map(x, out);
  std::vector<std::size_t> indices;
  for (const rl::Feature& feature : out) {
    CHECK(feature.value == 1);
    REQUIRE(feature.index < map.size());
    indices.push_back(feature.index);
  }
  return indices;
}

std::array<double, 2> random_point(rl::Rng& rng) {
  return {-1.2 + 1.7 * rng.uniform(), -0.07 + 0.14 * rng.uniform()};
}

/// Of each tiling the pair (floor((fx + t) / 8), floor((fv + 3 t) / 8)).
std::array<std::array<int, 2>, 8> mountain_car_tiles(double x, double v) {
  const double fx = std::floor(8 * (8 * x / 1.7));
  const double fv = std::floor(8 * (8 * v / 0.14));
  std::array<std::array<int, 2>, 8> tiles;
  for (int t = 0; t < 8; ++t)
    tiles[static_cast<std::size_t>(t)] = {static_cast<int>(std::floor((fx + t) / 8)),
                                          static_cast<int>(std::floor((fv + 3 * t) / 8))};
  return tiles;
}

}  // namespace

TEST_CASE("tiles: with origin zero, the tiles of the mountain car have the book's numbers") {
  const FeatureMap map = make_features("tiles:origin=zero", kMountainCar);
  rl::Rng rng(7);
  for (int k = 0; k < 20000; ++k) {
    auto [x, v] = random_point(rng);
    if (k % 10 == 0) v = k % 20 == 0 ? 0.07 : -0.07;  // where the car is often
    const auto tiles = tiles_at(map, {x, v});
    const auto expected = mountain_car_tiles(x, v);
    REQUIRE(tiles.size() == 8);
    for (std::size_t t = 0; t < 8; ++t)
      REQUIRE(map.name(tiles[t]) == "tile " + std::to_string(t) + ": (" +
                                        std::to_string(expected[t][0]) + ", " +
                                        std::to_string(expected[t][1]) + ")");
  }
}

TEST_CASE("tiles: two points share a feature just where they share a tile") {
  const FeatureMap map = make_features("tiles:origin=zero", kMountainCar);
  rl::Rng rng(8);
  for (int k = 0; k < 20000; ++k) {
    const auto [x, v] = random_point(rng);
    auto [x2, v2] = random_point(rng);
    if (k % 2 == 0) {
      x2 = std::clamp(x + (x2 + 0.35) / 8, -1.2, 0.5);  // near enough to share some
      v2 = std::clamp(v + v2 / 8, -0.07, 0.07);
    }
    const auto a = tiles_at(map, {x, v}), b = tiles_at(map, {x2, v2});
    const auto tiles_a = mountain_car_tiles(x, v), tiles_b = mountain_car_tiles(x2, v2);
    for (std::size_t t = 0; t < 8; ++t) REQUIRE((a[t] == b[t]) == (tiles_a[t] == tiles_b[t]));
  }
}

TEST_CASE("tiles: one tiling is a grid of bins, the upper bound in the last one") {
  const FeatureMap map = make_features("tiles:tilings=1,bins=[4,2]", kMountainCar);
  CHECK(map.size() == 8);
  CHECK(tiles_at(map, {-1.2, -0.07}) == std::vector<std::size_t>{0});
  CHECK(tiles_at(map, {0.5, 0.07}) == std::vector<std::size_t>{7});
  CHECK(tiles_at(map, {0.5, -0.07}) == std::vector<std::size_t>{6});
  CHECK(map.name(7) == "tile 0: (3, 1)");
}

TEST_CASE("tiles: each tiling has one active tile, and every tile some point") {
  const FeatureMap map = make_features("tiles:tilings=4,bins=3", kMountainCar);
  // tiling 0 is not displaced and has 3 x 3 tiles, the others 4 x 4
  CHECK(map.size() == 9 + 3 * 16);
  std::vector<bool> seen(map.size(), false);
  for (int i = 0; i <= 48; ++i)
    for (int j = 0; j <= 48; ++j) {
      const auto tiles = tiles_at(map, {-1.2 + 1.7 * i / 48.0, -0.07 + 0.14 * j / 48.0});
      CHECK(tiles.size() == 4);
      for (const std::size_t tile : tiles) seen[tile] = true;
    }
  CHECK(std::count(seen.begin(), seen.end(), true) == static_cast<long>(map.size()));
}

TEST_CASE("tiles: the displacement is 1, 3, 5, ... n-ths of a tile, or as asked") {
  const Space cube = {{"x", 0, 1}, {"y", 0, 1}, {"z", 0, 1}};
  // n u = 4 * 0.55 = 2 of 4 in tile 0. Tiling t has floor((2 + t d) / 4) of d = 1, 3, 5.
  const FeatureMap map = make_features("tiles:tilings=4,bins=1", cube);
  const auto tiles = tiles_at(map, {0.55, 0.55, 0.55});
  CHECK(map.name(tiles[1]) == "tile 1: (0, 1, 1)");
  CHECK(map.name(tiles[2]) == "tile 2: (1, 2, 3)");
  CHECK(map.name(tiles[3]) == "tile 3: (1, 2, 4)");
  const FeatureMap even = make_features("tiles:tilings=4,bins=1,displacement=1", cube);
  CHECK(even.name(tiles_at(even, {0.55, 0.55, 0.55})[2]) == "tile 2: (1, 1, 1)");
}

TEST_CASE("tiles: fine axes and coarse ones have the tiles of the formula") {
  // 9 tilings; 4,500 n-ths of a tile on one axis, 27 on the other.
  const FeatureMap map = make_features("tiles:tilings=9,bins=[500,3]", kMountainCar);
  rl::Rng rng(11);
  for (int k = 0; k < 2000; ++k) {
    const auto [x, v] = random_point(rng);
    const double u = 9 * (500 * (x + 1.2) / 1.7), w = 9 * (3 * (v + 0.07) / 0.14);
    const auto tiles = tiles_at(map, {x, v});
    REQUIRE(tiles.size() == 9);
    for (int t = 0; t < 9; ++t) {
      const auto row = static_cast<int>(std::floor((std::floor(u) + t) / 9));
      const auto col = static_cast<int>(std::floor((std::floor(w) + 3 * t) / 9));
      REQUIRE(map.name(tiles[static_cast<std::size_t>(t)]) == "tile " + std::to_string(t) + ": (" +
                                                                  std::to_string(row) + ", " +
                                                                  std::to_string(col) + ")");
    }
  }
}

TEST_CASE("tiles: points outside the bounds have the tiles of the bounds") {
  for (const char* text : {"tiles", "tiles:origin=zero", "tiles:memory=64"}) {
    const FeatureMap map = make_features(text, kMountainCar);
    CHECK(tiles_at(map, {-3, 1}) == tiles_at(map, {-1.2, 0.07}));
    CHECK(tiles_at(map, {7, -1e300}) == tiles_at(map, {0.5, -0.07}));
  }
}

TEST_CASE("tiles: a hash stays in its tiling's share of memory and is the same for the same tile") {
  const FeatureMap dense = make_features("tiles", kMountainCar);
  const FeatureMap map = make_features("tiles:memory=100", kMountainCar);
  CHECK(map.size() == 100);
  CHECK(map.name(99) == "tile 7: entry 12");  // the last of 12 or 13
  rl::Rng rng(9);
  std::vector<std::size_t> hash(dense.size(), 100);
  for (int k = 0; k < 20000; ++k) {
    const auto [x, v] = random_point(rng);
    const auto tiles = tiles_at(dense, {x, v}), entries = tiles_at(map, {x, v});
    REQUIRE(entries.size() == 8);
    for (std::size_t t = 0; t < 8; ++t) {
      REQUIRE(entries[t] >= t * 100 / 8);
      REQUIRE(entries[t] < (t + 1) * 100 / 8);
      if (hash[tiles[t]] == 100) hash[tiles[t]] = entries[t];
      REQUIRE(hash[tiles[t]] == entries[t]);
    }
  }
}
