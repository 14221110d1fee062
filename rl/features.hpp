#pragma once
/// \file
/// Feature maps for linear methods, v(s) = w.phi(s) (S&B 9.3-9.5, MFRL 8.2): what a point looks
/// like to a method that learns one weight a feature.
///
///     bias         1
///     numeric      a coordinate as it is, or scaled
///     bucketized   which interval between given boundaries a coordinate lies in
///     one_hot      which whole number a coordinate is
///     vocabulary   which of given values a coordinate is
///     hashed       a coordinate's value, hashed into buckets
///     crossed      classes of several of these at once
///     aggregation  a grid of bins (S&B 9.3)
///     pyramid      grids of 1, 2, 4, ... bins a coordinate at once
///     polynomial   products of powers of coordinates (S&B 9.5.1), or of Legendre polynomials
///     fourier      cos(pi c.x) (S&B 9.5.2)
///     coarse       which of overlapping circles x lies in (S&B 9.5.3)
///     tiles        several grids of bins, each displaced (S&B 9.5.4)
///     radial       Gaussian bumps on a grid (S&B 9.5.5)
///
/// For action values, give each action a block of weights of its own (index + a size()), or append
/// a coordinate "action" to the space.
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rl/features/basis.hpp"
#include "rl/options.hpp"
#include "rl/space.hpp"

namespace rl {

/// phi(x): [size()] features of a point of a space, of which few may differ from 0. Immutable and
/// cheap to copy; any number of threads may read one.
class FeatureMap {
 public:
  static constexpr std::size_t kMostFeatures = 10'000'000;

  /// The features of all bases, one behind the other. `json` is what json() returns. Throws
  /// std::invalid_argument where there are none, or more than kMostFeatures.
  FeatureMap(Bases bases, std::size_t num_coordinates, std::string json);

  std::size_t size() const { return size_; }
  std::size_t num_coordinates() const { return num_coordinates_; }
  /// At most so many features of a point differ from 0.
  std::size_t most_active() const { return most_active_; }
  /// Whether a feature that is not 0 is 1.
  bool binary() const { return binary_; }

  /// Makes `out` the features of x that are not 0, each index at most once. No allocation once
  /// `out` had most_active() entries. x: [num_coordinates()].
  void operator()(std::span<const double> x, std::vector<Feature>& out) const noexcept;

  /// "cos(pi (2 x + v))", "tile 3: (4, 5)", "row < 2"
  std::string name(std::size_t i) const;
  /// [size()]: the step size of each feature is multiplied by this; 1 unless asked for.
  std::vector<double> step_scale() const;
  /// All options as JSON, from which make_features makes the same map.
  const std::string& json() const { return *json_; }

 private:
  std::shared_ptr<const Bases> bases_;
  std::shared_ptr<const std::string> json_;
  std::size_t num_coordinates_;
  std::size_t size_ = 0;
  std::size_t most_active_ = 0;
  bool binary_ = true;
};

/// A map from text, as JSON or in short form:
///
///     {"fourier": {"order": 3}}          fourier:order=3
///     [{"bias": {}}, {"tiles": {}}]      bias+tiles:bins=[8,4],tilings=16
///
/// A list may be one element without brackets, "column" is "columns", and a flag alone is true.
/// Throws std::invalid_argument with the place and the nearest name.
FeatureMap make_features(std::string_view text, const Space& space);

/// Feature i of each point. coordinates: [S x num_coordinates()].
std::vector<double> values_of(const FeatureMap& map, std::size_t i,
                              std::span<const double> coordinates);

/// One kind of features as a reader sees it.
struct FeatureKindInfo {
  std::string name;
  std::string title;  ///< one line
  std::vector<OptionInfo> options;
};
std::vector<FeatureKindInfo> feature_kinds();

}  // namespace rl
