#include "rl/linear.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

namespace rl {

namespace {

constexpr const char* kOfWorld = "world";

/// What scales each feature so that its step is scaled; empty where none is.
std::vector<double> factors_of(const FeatureMap& map) {
  std::vector<double> factors = map.step_scale();
  if (std::ranges::all_of(factors, [](double x) { return x == 1; })) return {};
  for (double& x : factors) x = std::sqrt(x);
  return factors;
}

/// One coordinate: the state's number.
StateCoordinates numbers_of(const FiniteMdp& model) {
  StateCoordinates numbers{{{"state", 0, static_cast<double>(model.num_states() - 1)}}, {}};
  for (State s = 0; s < model.num_states(); ++s) numbers.values.push_back(static_cast<double>(s));
  return numbers;
}

/// The features that the book gives, as coordinates.
StateCoordinates book_features(const Problem& problem) {
  if (!problem.features)
    throw std::invalid_argument("option 'features': no book gives features for " + problem.name);
  StateCoordinates points{{}, problem.features->values};
  for (std::size_t i = 0; i < problem.features->count; ++i)
    points.space.push_back({"x" + std::to_string(i + 1)});
  return points;
}

/// Coordinates of states, and which features of them are meant.
std::pair<StateCoordinates, std::string> points_of(const Problem& problem,
                                                   const std::string& features) {
  if (features.empty())
    return {numbers_of(problem.model),
            problem.model.num_states() > 1 ? "one_hot:columns=[\"state\"]" : "bias"};
  if (features == kOfWorld) return {book_features(problem), "numeric"};
  return {coordinates_of(problem), features};
}

std::vector<bool> terminal_rows(const FiniteMdp& model, Action pair_width) {
  std::vector<bool> terminal;
  for (State s = 0; s < model.num_states(); ++s)
    terminal.insert(terminal.end(), index(std::max(pair_width, 1)), model.terminal(s));
  return terminal;
}

std::shared_ptr<const FeatureTable> table_of(const Problem& problem, const std::string& features,
                                             Action pair_width, bool terminal_features) {
  const FiniteMdp& model = problem.model;
  auto [points, text] = points_of(problem, features);
  State rows = model.num_states();
  if (pair_width > 0) {
    points = pair_coordinates(points, rows, pair_width);
    rows *= pair_width;
  }
  const FeatureMap map = make_features(text, points.space);
  const std::vector<bool> without =
      terminal_features ? std::vector<bool>() : terminal_rows(model, pair_width);
  return std::make_shared<FeatureTable>(map, rows, points.values, without, factors_of(map));
}

std::vector<double> initial_weights(const Problem& problem, const LinearOptions& options,
                                    std::size_t n, Rng& rng) {
  std::vector<double> w(n, options.w0);
  if (options.features == kOfWorld && problem.features->w0.size() == n) w = problem.features->w0;
  if (options.w0_sd > 0)
    for (double& x : w) x += options.w0_sd * rng.normal();
  return w;
}

/// Where a coordinate has no bounds, twice its usual size to both sides.
Space usual_bounds(Space space) {
  for (Coordinate& c : space) {
    const double usual = 2 * (c.scale > 0 ? c.scale : 1);
    if (!std::isfinite(c.low)) c.low = -usual;
    if (!std::isfinite(c.high)) c.high = usual;
  }
  return space;
}

/// 8 tilings of 8 bins a coordinate, fewer where there are many coordinates: the number of tiles is
/// a power of bins.
std::string usual_tilings(std::size_t coordinates) {
  const int bins = coordinates <= 3 ? 8 : coordinates == 4 ? 5 : 2;
  return "tiles:tilings=8,bins=" + std::to_string(bins);
}

FeatureMap map_of_points(const Problem& problem, const LinearOptions& options,
                         ActionFeatures actions) {
  Space space = usual_bounds(problem.continuous->observation);
  if (actions == ActionFeatures::joint) space = with_action(space, problem.num_actions());
  return make_features(options.features.empty() ? usual_tilings(space.size()) : options.features,
                       space);
}

}  // namespace

StateFeatures features_of_states(const Problem& problem, const std::string& features) {
  auto [points, text] = points_of(problem, features);
  FeatureMap map = make_features(text, points.space);
  return {std::move(points), std::move(map)};
}

// ---- features of states and pairs ---------------------------------------------------------------

FeatureSource<State>::FeatureSource(const Problem& problem, const LinearOptions& options,
                                    ActionFeatures actions, bool terminal_features)
    : pair_width_(actions == ActionFeatures::joint ? problem.model.num_actions() : 0) {
  if (options.features.empty() && pair_width_ > 0)
    throw std::invalid_argument(
        "option 'action_features': one feature a state cannot be joined with actions; give "
        "features");
  table_ = table_of(problem, options.features, pair_width_, terminal_features);
}

FeatureSource<Point>::FeatureSource(const Problem& problem, const LinearOptions& options,
                                    ActionFeatures actions, bool /*terminal_features*/)
    : map_(map_of_points(problem, options, actions)),
      factor_(factors_of(map_)),
      binary_(map_.binary() && factor_.empty()),
      joint_(actions == ActionFeatures::joint) {
  constexpr std::size_t kPoints = 2;  // s and s'
  const std::size_t pairs = joint_ ? index(problem.num_actions()) : 1;
  kept_.resize(kPoints * pairs);
}

std::span<const Feature> FeatureSource<Point>::compute(const Point& x) const {
  Kept& kept = kept_[oldest_];
  oldest_ = oldest_ + 1 < kept_.size() ? oldest_ + 1 : 0;
  kept.point = x;
  map_(x.numbers(), kept.features);
  if (!factor_.empty())
    for (Feature& f : kept.features) f.value *= factor_[f.index];
  return kept.features;
}

// ---- functions ----------------------------------------------------------------------------------

template <class S>
LinearValues<S>::LinearValues(const Problem& problem, const Options& options, Rng rng)
    : features_(problem, options, ActionFeatures::blocks, false),
      w_(initial_weights(problem, options, features_.size(), rng)),
      num_states_(problem.model.num_states()) {}

template <class S>
std::span<const double> LinearValues<S>::shown() const {
  if constexpr (std::same_as<S, State>) {
    shown_.resize(index(num_states_));
    for (State s = 0; s < num_states_; ++s) shown_[index(s)] = (*this)[s];
    return shown_;
  } else {
    return w_;
  }
}

template <class S>
std::vector<double> LinearValues<S>::feature_matrix() const requires std::same_as<S, State> {
  std::vector<double> matrix(index(num_states_) * w_.size(), 0);
  if constexpr (std::same_as<S, State>)
    for (State s = 0; s < num_states_; ++s)
      features_.for_each(s, 0,
                         [&](std::size_t i, double x) { matrix[index(s) * w_.size() + i] += x; });
  return matrix;
}

template <class S>
LinearActionValues<S>::LinearActionValues(const Problem& problem, const Options& options, Rng rng)
    : features_(problem, options, options.action_features, options.terminal_features),
      joint_(options.action_features == ActionFeatures::joint),
      terminal_features_(options.terminal_features),
      num_actions_(problem.num_actions()),
      w_(initial_weights(problem, options, features_.size() * (joint_ ? 1 : index(num_actions_)),
                         rng)),
      model_(problem.model),
      all_available_(model_.num_states() == 0 || model_.all_available()) {}

template <class S>
std::span<const double> LinearActionValues<S>::shown() const {
  if constexpr (std::same_as<S, State>) {
    const std::size_t width = index(num_actions_);
    shown_.resize(index(num_states()) * width);
    for (State s = 0; s < num_states(); ++s)
      row(s, std::span(shown_).subspan(index(s) * width, width));
    return shown_;
  } else {
    return w_;
  }
}

template class LinearValues<State>;
template class LinearValues<Point>;
template class LinearActionValues<State>;
template class LinearActionValues<Point>;

}  // namespace rl
