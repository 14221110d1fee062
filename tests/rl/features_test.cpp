#include "rl/features.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <string>
#include <vector>

#include "rl/random.hpp"
#include "tests/errors.hpp"

using rl::FeatureMap;
using rl::make_features;
using rl::Space;
using tests::contains;
using tests::error_of;

namespace {

const Space kCar = {{"x", -1.2, 0.5}, {"v", -0.07, 0.07}};
const Space kGrid = {{"row", 0, 4}, {"col", 0, 4}};
const Space kLine = {{"x", 0, 1}};

/// phi(x): [size]
std::vector<double> phi(const FeatureMap& map, const std::vector<double>& x) {
  std::vector<rl::Feature> sparse;
  map(x, sparse);
  CHECK(sparse.size() <= map.most_active());
  std::vector<double> dense(map.size(), 0);
  for (const rl::Feature& feature : sparse) {
    REQUIRE(feature.index < map.size());
    CHECK(feature.value != 0);
    CHECK(dense[feature.index] == 0);
    dense[feature.index] = feature.value;
  }
  return dense;
}

std::vector<std::size_t> active(const FeatureMap& map, const std::vector<double>& x) {
  const std::vector<double> values = phi(map, x);
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] != 0) indices.push_back(i);
  return indices;
}

std::vector<std::string> names(const FeatureMap& map) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < map.size(); ++i) all.push_back(map.name(i));
  return all;
}

std::vector<double> point_in(const Space& space, rl::Rng& rng) {
  std::vector<double> x;
  for (const rl::Coordinate& c : space) x.push_back(c.low + (c.high - c.low) * rng.uniform());
  return x;
}

void check_equal(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    CHECK(a[i] == doctest::Approx(b[i]).epsilon(1e-13).scale(1));
}

std::string features_error(const std::string& text, const Space& space = kCar) {
  return error_of([&] { make_features(text, space); });
}

using Indices = std::vector<std::size_t>;
using Names = std::vector<std::string>;

/// One of every kind, with options that are not the defaults.
const Names kEveryKind = {
    "aggregation:bins=[2,3]",
    "bias",
    "bucketized:column=x,boundaries=[-0.5,0]",
    "coarse:fields=20,placement=random,seed=3,radius=0.4",
    R"(crossed:of=["bucketized:column=x,boundaries=0","aggregation:column=v,bins=3"],buckets=4)",
    "fourier:order=2,limited=1,scale_steps",
    "hashed:columns=[v],buckets=7",
    "numeric:scale=unit,low=[-2,-1],high=1",
    "one_hot:column=x,low=-2,high=2",
    "polynomial:degree=3,total_degree,family=legendre",
    "pyramid:levels=2",
    "radial:centers=[3,2],width=0.5,normalized",
    "tiles:tilings=4,bins=[3,5],displacement=[1,1],origin=zero,memory=30",
    "vocabulary:column=x,values=[0,0.5],other",
};

}  // namespace

// ---- text ---------------------------------------------------------------------------------------

TEST_CASE("features: the short form, JSON and a list of both say the same") {
  const FeatureMap map = make_features("bias+fourier:order=2", kCar);
  CHECK(map.size() == 10);
  for (const char* text : {R"([{"bias": {}}, {"fourier": {"order": 2}}])",
                           R"([{"bias": null}, "fourier:order=2"])", R"("bias + fourier: order=2")",
                           R"([{"bias": {}}, /* three waves */ {"fourier": {"order": 2}}])"})
    CHECK(make_features(text, kCar).json() == map.json());
}

TEST_CASE("features: a list may be one element, 'column' is 'columns', a flag alone is true") {
  CHECK(make_features("aggregation:bins=4,column=v", kCar).json() ==
        make_features(R"({"aggregation": {"bins": [4], "columns": ["v"]}})", kCar).json());
  CHECK(make_features("polynomial:total-degree,columns=[v, x]", kCar).json() ==
        make_features(R"({"polynomial": {"total_degree": true, "columns": ["v", "x"]}})", kCar)
            .json());
  CHECK(make_features("numeric:scale=unit,low=-1e+1,high=10", kCar).size() == 2);
}

TEST_CASE("features: the JSON of every kind reads back to the same map") {
  rl::Rng rng(1);
  for (const std::string& text : kEveryKind) {
    CAPTURE(text);
    const FeatureMap map = make_features(text, kCar);
    const FeatureMap back = make_features(map.json(), kCar);
    CHECK(back.json() == map.json());
    CHECK(names(back) == names(map));
    CHECK(back.step_scale() == map.step_scale());
    for (int k = 0; k < 100; ++k) {
      const auto x = point_in(kCar, rng);
      CHECK(phi(back, x) == phi(map, x));
    }
  }
}

TEST_CASE("features: every kind is tested here, and those of a list stand one behind the other") {
  std::string all;
  std::size_t size = 0;
  for (const std::string& text : kEveryKind) {
    all += (all.empty() ? "" : "+") + text;
    size += make_features(text, kCar).size();
  }
  const FeatureMap map = make_features(all, kCar);
  CHECK(map.size() == size);
  CHECK(rl::feature_kinds().size() == kEveryKind.size());
  std::vector<double> expected;
  for (const std::string& text : kEveryKind)
    for (const double value : phi(make_features(text, kCar), {0.1, 0.02}))
      expected.push_back(value);
  CHECK(phi(map, {0.1, 0.02}) == expected);
}

TEST_CASE("features: the bounds, points outside and NaN are no faults") {
  const double nan = std::nan("");
  for (const std::string& text : kEveryKind) {
    CAPTURE(text);
    const FeatureMap map = make_features(text, kCar);
    for (const double x : {-1e300, -1.3, -1.2, 0.5, 0.6, 1e300})
      for (const double v : {-1e300, -0.07, 0.07, 1e300}) {
        std::vector<rl::Feature> out;
        map(std::vector<double>{x, v}, out);
        CHECK(out.size() <= map.most_active());
        for (const rl::Feature& feature : out) CHECK(feature.index < map.size());
      }
    std::vector<rl::Feature> out;
    map(std::vector<double>{nan, nan}, out);
    for (const rl::Feature& feature : out) CHECK(feature.index < map.size());
  }
}

TEST_CASE("features: step sizes are as they are unless asked") {
  CHECK(make_features("bias+fourier:order=1", kLine).step_scale() == std::vector<double>{1, 1, 1});
}

TEST_CASE("features: values of one feature at many points") {
  const FeatureMap map = make_features("polynomial:degree=1,scale=raw,column=v", kCar);
  CHECK(rl::values_of(map, 1, std::vector<double>{0, 0.01, 0, 0, 0, 0.03}) ==
        std::vector<double>{0.01, 0, 0.03});
}

// ---- errors -------------------------------------------------------------------------------------

TEST_CASE("features: an unknown kind, option or column is told with the nearest name") {
  CHECK(contains(features_error("furier:order=3"),
                 "features: 'furier': unknown kind 'furier'; did you mean 'fourier'?"));
  CHECK(contains(features_error("bias+fourier:ordr=3"),
                 "features: part 2, 'fourier': unknown option 'ordr'; did you mean 'order'?"));
  CHECK(contains(features_error("fourier:columns=[w]"), "unknown column 'w'"));
  CHECK(contains(features_error("fourier:columns=[w]"), "(choices: x, v)"));
  CHECK(features_error("fourier:order=300") ==
        "features: 'fourier': option 'order': 300 is not a whole number in [0, 255]");
  CHECK(features_error("fourier:order=two") ==
        "features: 'fourier': option 'order': \"two\" is not a whole number");
}

TEST_CASE("features: what has another shape is told") {
  CHECK(contains(features_error(""), "features: the text is empty"));
  CHECK(contains(features_error("[]"), "features: the list is empty"));
  CHECK(contains(features_error("bias+"), "features: '' names no kind"));
  CHECK(contains(features_error(":order=3"), "names no kind"));
  CHECK(contains(features_error("fourier:=3"), "has an option without a name"));
  CHECK(features_error("fourier:order=1,order=2") ==
        "features: 'fourier': option 'order' stands twice");
  CHECK(contains(features_error(R"({"bias": {}, "fourier": {}})"),
                 "is not one kind with its options"));
  CHECK(contains(features_error("[3]"), "features: 3 is not one kind with its options"));
  CHECK(contains(features_error(R"({"fourier": 3})"), "options must be a JSON object, not 3"));
  CHECK(contains(features_error(R"({"fourier": {"order": 3})"), "features:1:"));
}

TEST_CASE("features: missing and wrong bounds are told") {
  const Space open = {{"x", -1, 1}, {"v"}};
  for (const char* kind : {"aggregation", "coarse", "fourier", "one_hot", "polynomial", "pyramid",
                           "radial", "tiles", "numeric:scale=unit"})
    CHECK(contains(features_error(kind, open),
                   "coordinate 'v' has no bounds of its own: give options 'low' and 'high'"));
  CHECK(make_features("fourier:low=-1,high=1", open).size() == 16);
  CHECK(make_features("numeric", open).size() == 2);
  CHECK(contains(features_error("fourier:low=1,high=1"), "'low' must be less than 'high'"));
  CHECK(contains(features_error("fourier:low=[1,2,3]"),
                 "option 'low': 3 numbers for 2 columns (one, or one a column)"));
  CHECK(contains(features_error("aggregation:bins=[]"), "option 'bins': 0 numbers for 2 columns"));
  CHECK(contains(features_error("numeric:low=3"), "option 'low' has no effect without 'scale'"));
  CHECK(contains(features_error("one_hot"), "one_hot needs whole numbers"));
}

TEST_CASE("features: what is empty, twice or out of order is told") {
  CHECK(contains(features_error("bucketized"), "option 'boundaries': the list is empty"));
  CHECK(contains(features_error("bucketized:boundaries=[1,1]"), "larger than the one before"));
  CHECK(contains(features_error("vocabulary"), "option 'values': the list is empty"));
  CHECK(contains(features_error("vocabulary:values=[1,2,1]"), "option 'values': 1 stands twice"));
  CHECK(contains(features_error("crossed"), "option 'of': 0 to cross; it takes two"));
  CHECK(contains(features_error("crossed:of=[tiles,bias]"),
                 "option 'of': 'tiles' does not divide points into classes"));
  CHECK(contains(features_error("tiles:memory=3"), "3 weights for 8 tilings; each needs one"));
  CHECK(contains(features_error("coarse:seed=3"), "'seed' has no effect without"));
  CHECK(contains(features_error("coarse:placement=random,fields=[1,2]"), "one number"));
  CHECK(contains(features_error("polynomial:family=legendre,scale=raw"), "needs scale symmetric"));
  CHECK(contains(features_error("bias", {}), "nothing was thrown"));
  CHECK(contains(features_error("numeric", {}), "the space has no coordinate"));
}

TEST_CASE("features: too many are counted before they are made") {
  const Space wide(8, {"x", 0, 1});
  CHECK(features_error("fourier:order=9", wide) ==
        "features: 'fourier': 100000000 features; a map has at most 10000000");
  CHECK(contains(features_error("polynomial:degree=9", wide), "100000000 features"));
  CHECK(contains(features_error("aggregation:bins=10", wide), "100000000 features"));
  CHECK(contains(features_error("radial:centers=10", wide), "100000000 features"));
  CHECK(contains(features_error("coarse:fields=10", wide), "100000000 features"));
  CHECK(contains(features_error("tiles:tilings=1,bins=10", wide), "100000000 features"));
  CHECK(contains(features_error("one_hot:low=0,high=1e8", wide), "100000001 features"));
  CHECK(contains(features_error("hashed:buckets=6000000"), "12000000 features"));
  CHECK(make_features("fourier:order=9,limited=2", wide).size() == 1 + 8 * 9 + 28 * 81);
  CHECK(make_features("polynomial:degree=4,total_degree", wide).size() == 495);  // 12 over 4
  CHECK(make_features("tiles:bins=10,memory=1000", wide).size() == 1000);
  CHECK(contains(features_error("fourier:order=1", Space(17, {"x", 0, 1})), "17 columns"));
}

// ---- classes ------------------------------------------------------------------------------------

TEST_CASE("features: numeric gives coordinates, scaled from bound to bound") {
  CHECK(phi(make_features("numeric", kGrid), {3, 0}) == std::vector<double>{3, 0});
  CHECK(phi(make_features("numeric:scale=unit", kGrid), {3, 4}) == std::vector<double>{0.75, 1});
  CHECK(phi(make_features("numeric:scale=symmetric", kGrid), {3, 0}) ==
        std::vector<double>{0.5, -1});
  CHECK(names(make_features("numeric:scale=symmetric,column=row", kGrid)) ==
        Names{"row from -1 to 1"});
}

TEST_CASE("features: a boundary belongs to the interval above") {
  const FeatureMap map = make_features("bucketized:column=row,boundaries=[2,4]", kGrid);
  CHECK(names(map) == Names{"row < 2", "2 <= row < 4", "row >= 4"});
  CHECK(active(map, {1.99, 0}) == Indices{0});
  CHECK(active(map, {2, 0}) == Indices{1});
  CHECK(active(map, {4, 0}) == Indices{2});
}

TEST_CASE("features: one_hot has a feature for each number, none for others") {
  const FeatureMap map = make_features("one_hot", kGrid);
  CHECK(map.size() == 10);
  CHECK(map.most_active() == 2);
  CHECK(active(map, {0, 4}) == Indices{0, 9});
  CHECK(active(map, {5, -1}).empty());
  CHECK(map.name(9) == "col = 4");
}

TEST_CASE("features: a vocabulary has its values, and all others share one feature or none") {
  const FeatureMap map = make_features("vocabulary:column=row,values=[3,1],other", kGrid);
  CHECK(names(map) == Names{"row = 3", "row = 1", "row = other"});
  CHECK(active(map, {3, 0}) == Indices{0});
  CHECK(active(map, {1, 0}) == Indices{1});
  CHECK(active(map, {2, 0}) == Indices{2});
  CHECK(active(make_features("vocabulary:column=row,values=[3,1]", kGrid), {2, 0}).empty());
}

TEST_CASE("features: a hash stays in range, reaches every bucket and is the same everywhere") {
  const FeatureMap map = make_features("hashed:column=row,buckets=5", kGrid);
  std::vector<int> hits(5, 0);
  for (int k = 0; k < 1000; ++k) {
    const Indices i = active(map, {k / 7.0, 0});
    REQUIRE(i.size() == 1);
    ++hits[i[0]];
  }
  CHECK(*std::min_element(hits.begin(), hits.end()) > 150);
  CHECK(active(map, {0.0, 0}) == active(map, {-0.0, 0}));
  // floor(5 (splitmix64(bits of 0) >> 32) / 2^32), splitmix64(0) = 0xe220a8397b1dcdaf
  CHECK(active(map, {0.0, 0}) == Indices{4});
}

TEST_CASE("features: crossed are combinations, the first part outermost") {
  const char* text = R"({"crossed": {"of": [{"bucketized": {"column": "row", "boundaries": [2]}},
                                            "one_hot:column=col"]}})";
  const FeatureMap map = make_features(text, kGrid);
  CHECK(map.size() == 10);
  CHECK(active(map, {1, 3}) == Indices{3});
  CHECK(active(map, {2, 3}) == Indices{8});
  CHECK(map.name(3) == "row < 2 and col = 3");
  CHECK(active(map, {2, 9}).empty());
  CHECK(contains(map.json(), R"("of":[{"bucketized":{"boundaries":[2],"column":"row"}},)"));
  const FeatureMap hashed = make_features("crossed:of=[one_hot],buckets=4", kGrid);
  CHECK(hashed.size() == 4);
  CHECK(hashed.name(2) == "bucket 2 of 2 crossed");
}

TEST_CASE("features: aggregation makes 10 groups of 100 of 1000 states (S&B Example 9.1)") {
  const FeatureMap map = make_features("aggregation:bins=10", {{"state", 1, 1000}});
  for (int s = 1; s <= 1000; ++s)
    CHECK(active(map, {double(s)}) == Indices{static_cast<std::size_t>((s - 1) / 100)});
}

TEST_CASE("features: a bin has its lower end, the last one both; the first axis is outermost") {
  const FeatureMap map = make_features("aggregation:bins=[2,4]", kGrid);
  CHECK(active(map, {0, 0}) == Indices{0});
  CHECK(active(map, {1.99, 1}) == Indices{1});
  CHECK(active(map, {2, 0}) == Indices{4});
  CHECK(active(map, {4, 4}) == Indices{7});
  CHECK(map.name(1) == "row in [0, 2), col in [1, 2)");
  CHECK(map.name(7) == "row in [2, 4], col in [3, 4]");
}

TEST_CASE("features: a pyramid has one bin of each scale") {
  const FeatureMap map = make_features("pyramid:levels=3", kGrid);
  CHECK(map.size() == 1 + 4 + 16);
  CHECK(active(map, {0, 0}) == Indices{0, 1, 5});
  CHECK(active(map, {4, 4}) == Indices{0, 4, 20});
  CHECK(active(map, {1.5, 2.5}) == Indices{0, 2, 5 + 4 + 2});
}

// ---- bases --------------------------------------------------------------------------------------

TEST_CASE("features: polynomials of a grid are those of MFRL 8.2, in its order") {
  const auto map = [](int n) {
    return make_features("polynomial:total_degree,columns=[col,row],degree=" + std::to_string(n),
                         kGrid);
  };
  for (int r = 0; r < 5; ++r)
    for (int c = 0; c < 5; ++c) {
      const double x = c / 2.0 - 1, y = r / 2.0 - 1;
      const std::vector<double> at = {double(r), double(c)};
      check_equal(phi(map(1), at), {1, x, y});
      check_equal(phi(map(2), at), {1, x, y, x * x, y * y, x * y});
      check_equal(phi(map(3), at),
                  {1, x, y, x * x, y * y, x * y, x * x * x, y * y * y, x * x * y, x * y * y});
    }
  CHECK(names(map(2)) == Names{"1", "col", "row", "col^2", "row^2", "col row"});
}

TEST_CASE("features: without a limit of the sum, polynomials have every pair of exponents") {
  const FeatureMap map = make_features("polynomial:degree=2,scale=raw", kGrid);
  CHECK(names(map) == Names{"1", "row", "col", "row^2", "col^2", "row col", "row^2 col",
                            "row col^2", "row^2 col^2"});
  CHECK(phi(map, {2, 3}) == std::vector<double>{1, 2, 3, 4, 9, 6, 12, 18, 36});
}

TEST_CASE("features: Legendre polynomials are orthogonal") {
  const FeatureMap map = make_features("polynomial:degree=3,family=legendre", kLine);
  CHECK(names(map) == Names{"1", "P_1(x)", "P_2(x)", "P_3(x)"});
  // x = 0.5 in [-1, 1]: P_2 = (3/4 - 1)/2, P_3 = (5/8 - 3/2)/2
  check_equal(phi(map, {0.75}), {1, 0.5, -0.125, -0.4375});
  double p1_p3 = 0;
  for (int k = 0; k < 1000; ++k) {
    const auto p = phi(map, {(k + 0.5) / 1000});
    p1_p3 += p[1] * p[3] / 1000;
  }
  CHECK(std::abs(p1_p3) < 1e-5);
}

TEST_CASE("features: Fourier features are cos(pi c.x), c of the first axis outermost") {
  for (const int q : {0, 1, 5, 20}) {
    const FeatureMap map =
        make_features("fourier:columns=[col,row],order=" + std::to_string(q), kGrid);
    for (int r = 0; r < 5; ++r)
      for (int c = 0; c < 5; ++c) {
        std::vector<double> expected;
        for (int c1 = 0; c1 <= q; ++c1)
          for (int c2 = 0; c2 <= q; ++c2)
            expected.push_back(std::cos(std::numbers::pi * (c1 * c / 4.0 + c2 * r / 4.0)));
        std::vector<rl::Feature> out;
        map(std::vector<double>{double(r), double(c)}, out);
        std::vector<double> values(map.size(), 0);
        for (const rl::Feature& feature : out) values[feature.index] = feature.value;
        check_equal(values, expected);
      }
  }
  CHECK(names(make_features("fourier:order=2", kCar)) ==
        Names{"1", "cos(pi v)", "cos(pi 2 v)", "cos(pi x)", "cos(pi (x + v))", "cos(pi (x + 2 v))",
              "cos(pi 2 x)", "cos(pi (2 x + v))", "cos(pi (2 x + 2 v))"});
}

TEST_CASE("features: with the action as a coordinate there are 216 of MFRL Figure 8.9") {
  const Space joint = {{"row", 0, 4}, {"col", 0, 4}, {"action", 0, 4}};
  const FeatureMap map = make_features("fourier:order=5,columns=[col,row,action]", joint);
  CHECK(map.size() == 216);
  const auto values = phi(map, {3, 1, 2});
  for (std::size_t i = 0; i < 6; ++i)
    for (std::size_t j = 0; j < 6; ++j)
      for (std::size_t k = 0; k < 6; ++k) {
        const double sum = double(i) * 1 / 4.0 + double(j) * 3 / 4.0 + double(k) * 2 / 4.0;
        CHECK(values[36 * i + 6 * j + k] ==
              doctest::Approx(std::cos(std::numbers::pi * sum)).epsilon(1e-13).scale(1));
      }
}

TEST_CASE("features: Fourier steps are divided by the length of c, and limits leave features out") {
  const auto scale = make_features("fourier:order=2,scale_steps", kCar).step_scale();
  check_equal(scale, {1, 1, 1 / 2.0, 1, 1 / std::sqrt(2.0), 1 / std::sqrt(5.0), 1 / 2.0,
                      1 / std::sqrt(5.0), 1 / std::sqrt(8.0)});
  CHECK(names(make_features("fourier:order=2,limited=1", kCar)) ==
        Names{"1", "cos(pi v)", "cos(pi 2 v)", "cos(pi x)", "cos(pi 2 x)"});
}

TEST_CASE("features: bumps are Gaussians around centers on a grid") {
  const FeatureMap map = make_features("radial:centers=[3,2],width=[0.5,2]", kGrid);
  CHECK(map.size() == 6);
  CHECK(map.name(2) == "bump at row = 2, col = 0");
  const auto values = phi(map, {1, 4});
  // sigma: half of 2 rows, twice 4 columns
  for (std::size_t i = 0; i < 6; ++i) {
    const double z_row = (1 - 2.0 * double(i / 2)) / 1, z_col = (4 - 4.0 * double(i % 2)) / 8;
    CHECK(values[i] == doctest::Approx(std::exp(-(z_row * z_row + z_col * z_col) / 2)));
  }
  const auto normalized = phi(make_features("radial:centers=[3,2],normalized", kGrid), {1, 3});
  double sum = 0;
  for (const double value : normalized) sum += value;
  CHECK(sum == doctest::Approx(1));
}

TEST_CASE("features: receptive fields are circles without their rim") {
  const FeatureMap line = make_features("coarse:fields=5,radius=0.25", kLine);  // at 0, 1/4, ...
  CHECK(active(line, {0.5}) == Indices{2});
  CHECK(active(line, {0.375}) == Indices{1, 2});
  CHECK(active(line, {0}) == Indices{0});
  CHECK(active(line, {1}) == Indices{4});
  const FeatureMap plane = make_features("coarse:fields=3,radius=0.6", kGrid);
  CHECK(active(plane, {1, 1}) == Indices{0, 1, 3, 4});  // 0.354 from each
  CHECK(plane.name(1) == "field around row = 0, col = 2");
}

TEST_CASE("features: centers that are drawn belong to the seed") {
  const auto drawn = [](int seed) {
    return names(
        make_features("coarse:placement=random,fields=30,seed=" + std::to_string(seed), kGrid));
  };
  CHECK(drawn(1) == drawn(1));
  CHECK(drawn(1) != drawn(2));
  CHECK(drawn(1).size() == 30);
}
