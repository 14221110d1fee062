#include "envs/linear_quadratic.hpp"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "rl/drawing/scene.hpp"

namespace rl {

namespace {

using LqrMatrix = LinearQuadraticModel::Matrix;
using LqrVector = LinearQuadraticModel::Vector;

[[noreturn]] void refuse_lqr(const std::string& what) {
  throw std::invalid_argument("linear-quadratic regulator: " + what);
}

void check_finite(const char* name, const std::vector<double>& numbers) {
  for (const double x : numbers)
    if (!std::isfinite(x)) refuse_lqr(fmt::format("{} holds {}, which is no number", name, x));
}

LqrMatrix matrix_of(const char* name, const std::vector<double>& numbers, Eigen::Index rows,
                    Eigen::Index cols) {
  check_finite(name, numbers);
  if (static_cast<Eigen::Index>(numbers.size()) != rows * cols)
    refuse_lqr(
        fmt::format("{} must have {} x {} numbers, not {}", name, rows, cols, numbers.size()));
  LqrMatrix m(rows, cols);
  for (Eigen::Index i = 0; i < rows; ++i)
    for (Eigen::Index j = 0; j < cols; ++j)
      m(i, j) = numbers[static_cast<std::size_t>(i * cols + j)];
  return m;
}

/// Of a square matrix with 1 to `most` rows.
Eigen::Index rows_of_square(const char* name, const std::vector<double>& numbers,
                            Eigen::Index most) {
  for (Eigen::Index rows = 1; rows <= most; ++rows)
    if (static_cast<Eigen::Index>(numbers.size()) == rows * rows) return rows;
  refuse_lqr(fmt::format("{} must be square with 1 to {} rows: {} numbers are not", name, most,
                         numbers.size()));
}

LqrMatrix cost_of(const char* name, const std::vector<double>& numbers, Eigen::Index most) {
  const Eigen::Index rows = rows_of_square(name, numbers, most);
  LqrMatrix m = matrix_of(name, numbers, rows, rows);
  if (m != m.transpose()) refuse_lqr(fmt::format("{} must be symmetric", name));
  if (Eigen::LLT<LqrMatrix>(m).info() != Eigen::Success)
    refuse_lqr(fmt::format("{} must be positive definite", name));
  return m;
}

/// One number a coordinate, or one for all of them.
LqrVector start_corner(const char* name, const std::vector<double>& numbers, Eigen::Index size) {
  check_finite(name, numbers);
  if (numbers.size() == 1) return LqrVector::Constant(size, numbers[0]);
  return matrix_of(name, numbers, size, 1);
}

Space unbounded_space(char name, Eigen::Index size) {
  if (size == 1) return {{std::string(1, name)}};
  Space space;
  for (Eigen::Index i = 1; i <= size; ++i) space.push_back({fmt::format("{}{}", name, i)});
  return space;
}

/// The first two numbers; a single one lies on the line y = 0.
ScenePoint in_plane(const Point& x) { return {x[0], x.size() > 1 ? x[1] : 0}; }
ScenePoint in_plane(const LqrVector& x) { return {x[0], x.size() > 1 ? x[1] : 0}; }

/// Half the width of a picture around 0 that shows all of these, rounded up to one digit.
double reach_of(const std::vector<ScenePoint>& places) {
  double reach = 1e-9;
  for (const ScenePoint& p : places) reach = std::max({reach, std::abs(p.x), std::abs(p.y)});
  const double digit = std::pow(10, std::floor(std::log10(reach)));
  return digit * std::ceil(reach / digit - 1e-9);
}

/// A line through 0 with its ends named, across or upwards.
void add_axis(Scene& scene, double reach, bool across, const std::string& name) {
  const auto at = [across](double along, double beside) {
    return across ? ScenePoint{along, beside} : ScenePoint{beside, along};
  };
  scene.shapes.emplace_back(SceneLine{.points = {at(-reach, 0), at(reach, 0)}});
  for (const double end : {-reach, 0.0, reach}) {
    const double tick = 0.03 * reach;
    scene.shapes.emplace_back(SceneLine{.points = {at(end, -tick), at(end, tick)}});
    if (end == 0 && !across) continue;  // one 0 for both, beside the crossing
    const double place = end == 0 ? -0.05 * reach : end;
    scene.shapes.emplace_back(
        SceneText{.at = at(place, -0.1 * reach), .text = fmt::format("{:.6g}", end)});
  }
  scene.shapes.emplace_back(
      SceneText{.at = at(across ? 0.88 * reach : 1.08 * reach, 0.09 * reach), .text = name});
}

void add_start_box(Scene& scene, ScenePoint low, ScenePoint high) {
  scene.shapes.emplace_back(SceneLine{
      .points =
          {{low.x, low.y}, {high.x, low.y}, {high.x, high.y}, {low.x, high.y}, {low.x, low.y}},
      .color = drawing::mix(drawing::kWhite, drawing::kBlue, 0.5)});
}

}  // namespace

LinearQuadraticModel::LinearQuadraticModel(const LinearQuadraticOptions& options)
    : Q(cost_of("q", options.q, kMostStates)),
      R(cost_of("r", options.r, kMostActions)),
      noise_sd(options.noise_sd) {
  A = matrix_of("a", options.a, Q.rows(), Q.rows());
  B = matrix_of("b", options.b, Q.rows(), R.rows());
  start_low = start_corner("start_low", options.start_low, Q.rows());
  start_high = start_corner("start_high", options.start_high, Q.rows());
  if (!(noise_sd >= 0 && std::isfinite(noise_sd)))
    refuse_lqr(fmt::format("noise_sd = {} must be finite and not negative", noise_sd));
  if ((start_low.array() > start_high.array()).any())
    refuse_lqr("start_low must not lie above start_high");
}

LinearQuadratic::LinearQuadratic(const Options& options)
    : model_(options), x_(Vector::Zero(model_.A.rows())) {}

Space LinearQuadratic::observation_space() const { return unbounded_space('x', model_.A.rows()); }
Space LinearQuadratic::action_space() const { return unbounded_space('u', model_.B.cols()); }

Point LinearQuadratic::place(const Point& x) {
  check_in_space(x, observation_space(), "linear-quadratic regulator");
  x_ = vector_of(x);
  return x;
}

Scene LinearQuadratic::draw(const Point& seen, std::span<const Point> path) const {
  const Space space = observation_space();
  const bool plane = space.size() > 1;
  const ScenePoint low = in_plane(model_.start_low);
  const ScenePoint high = in_plane(model_.start_high);
  std::vector<ScenePoint> way;
  for (const Point& x : path) way.push_back(in_plane(x));
  std::vector<ScenePoint> all = way;
  all.insert(all.end(), {low, high, in_plane(seen)});
  const double reach = reach_of(all);
  const double tall = plane ? 1.18 * reach : 0.25 * reach;
  Scene scene{.title = "Linear-quadratic regulator",
              .caption = coordinates_text(seen, space),
              .low = {-1.18 * reach, -tall},
              .high = {1.18 * reach, tall},
              .shapes = {}};
  const double band = plane ? 0 : 0.06 * reach;  // a box on a line has a height to be seen
  add_start_box(scene, {low.x, low.y - band}, {high.x, high.y + band});
  add_axis(scene, reach, true, space[0].name);
  if (plane) add_axis(scene, reach, false, space[1].name);
  add_path(scene, way);
  for (const ScenePoint& p : way)
    scene.shapes.emplace_back(
        SceneDisc{.center = p, .radius = 0.015 * reach, .color = drawing::kPurple});
  scene.shapes.emplace_back(
      SceneDisc{.center = in_plane(seen), .radius = 0.04 * reach, .color = drawing::kVermilion});
  return scene;
}

}  // namespace rl
