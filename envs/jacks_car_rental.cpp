#include "envs/jacks_car_rental.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <stdexcept>

#include "envs/looks.hpp"

namespace rl {

namespace {

/// Below this the tail of a Poisson distribution is rounding.
constexpr double kNoTail = 1e-12;

std::vector<double> poisson(double mean, int terms) {
  std::vector<double> p = {std::exp(-mean)};
  for (int k = 1; k < terms; ++k) p.push_back(p.back() * mean / k);
  return p;
}

/// One location in a day that begins with m cars and ends with n.
class Location {
 public:
  Location(int max_cars, const std::vector<double>& requests, const std::vector<double>& returns)
      : width_(max_cars + 1),
        probability_(index(width_ * width_), 0),
        rented_(index(width_ * width_), 0) {
    for (int m = 0; m <= max_cars; ++m)
      for (std::size_t i = 0; i < requests.size(); ++i)
        for (std::size_t j = 0; j < returns.size(); ++j) {
          const int rented = std::min(m, static_cast<int>(i));
          const int n = std::min(m - rented + static_cast<int>(j), max_cars);
          probability_[cell(m, n)] += requests[i] * returns[j];
          rented_[cell(m, n)] += requests[i] * returns[j] * rented;
        }
    for (std::size_t k = 0; k < rented_.size(); ++k)
      if (probability_[k] > 0) rented_[k] /= probability_[k];
  }

  double probability(int m, int n) const { return probability_[cell(m, n)]; }
  /// E[rented | m, n]
  double rented(int m, int n) const { return rented_[cell(m, n)]; }
  /// Probability that the counted terms miss; the same for all m.
  double missing() const {
    double sum = 0;
    for (int n = 0; n < width_; ++n) sum += probability(0, n);
    return 1 - sum;
  }

 private:
  std::size_t cell(int m, int n) const { return index(m * width_ + n); }
  int width_;
  std::vector<double> probability_, rented_;  // [m x n]
};

Location make_location(const JacksCarRentalOptions& options, std::size_t i) {
  return {options.max_cars, poisson(options.requests[i], options.poisson_terms),
          poisson(options.returns[i], options.poisson_terms)};
}

/// Cost of a night in which `moved` cars go from 1 to 2 and leave m1 and m2.
double cost_of_night(const JacksCarRentalOptions& options, int moved, int m1, int m2) {
  const int free = moved > 0 ? std::min(moved, options.free_cars) : 0;
  const int parked = (m1 > options.parking_limit ? 1 : 0) + (m2 > options.parking_limit ? 1 : 0);
  return options.move_cost * (std::abs(moved) - free) + options.parking_cost * parked;
}

ActionLook transfer_look(int moved) {
  if (moved == 0) return look_number("move none", 0);
  const int cars = std::abs(moved);
  std::string name =
      fmt::format("move {} from {} to {}", cars, moved > 0 ? 1 : 2, moved > 0 ? 2 : 1);
  if (moved > 0) return look_number(std::move(name), cars);
  const char letter = static_cast<char>('a' + cars - 1);
  return {std::move(name), std::string(1, letter), letter};
}

/// The cars in the morning, and the cost of the night.
Afterstates mornings(const JacksCarRentalOptions& options, const FiniteMdp& model) {
  const int max = options.max_cars;
  const int width = max + 1;
  Afterstates mornings{.count = width * width, .of = {}};
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a) {
      const int moved = a - options.max_move;
      const int m1 = s / width - moved;
      const int m2 = s % width + moved;
      const bool possible = model.available(s, a);
      mornings.of.push_back(possible ? std::min(m1, max) * width + std::min(m2, max) : -1);
      mornings.reward.push_back(possible ? -cost_of_night(options, moved, m1, m2) : 0);
    }
  return mornings;
}

Picture picture_of(const JacksCarRentalOptions& options) {
  const int width = options.max_cars + 1;
  Picture picture;
  Panel panel{"cars at location 1 (down) and 2 (right); a, b, ... move 1, 2, ... from 2 to 1",
              width,
              width,
              {},
              plain_marks(width, width)};
  for (int n1 = 0; n1 < width; ++n1) {
    panel.row_labels.push_back(std::to_string(n1));
    panel.col_labels.push_back(std::to_string(n1));
    for (int n2 = 0; n2 < width; ++n2) {
      panel.state.push_back(n1 * width + n2);
      picture.state_names.push_back(fmt::format("({}, {})", n1, n2));
    }
  }
  picture.panels.push_back(std::move(panel));
  for (int moved = -options.max_move; moved <= options.max_move; ++moved)
    picture.actions.push_back(transfer_look(moved));
  return picture;
}

}  // namespace

Problem jacks_car_rental(const JacksCarRentalOptions& options, const WorldContext& context) {
  if (options.requests.size() != 2 || options.returns.size() != 2)
    throw std::invalid_argument(
        fmt::format("jacks_car_rental: requests and returns need two means each, not {} and {}",
                    options.requests.size(), options.returns.size()));
  if (options.parking_cost == 0 && options.parking_limit != JacksCarRentalOptions{}.parking_limit)
    throw no_effect("parking_limit", "parking_cost");
  const Location one = make_location(options, 0);
  const Location two = make_location(options, 1);
  const double missing = 1 - (1 - one.missing()) * (1 - two.missing());
  const bool cut = missing > kNoTail;
  const int max = options.max_cars;
  const int width = max + 1;
  const State lost = width * width;

  const auto fill = [&](State s, Action a, std::vector<Outcome>& row) {
    const int n1 = s / width;
    const int n2 = s % width;
    const int moved = a - options.max_move;
    if (moved > n1 || -moved > n2) return;
    const double cost = cost_of_night(options, moved, n1 - moved, n2 + moved);
    const int m1 = std::min(n1 - moved, max);
    const int m2 = std::min(n2 + moved, max);
    for (int i = 0; i < width; ++i)
      for (int j = 0; j < width; ++j) {
        const double p = one.probability(m1, i) * two.probability(m2, j);
        const double rented = one.rented(m1, i) + two.rented(m2, j);
        if (p > 0) row.push_back({p, options.rent * rented - cost, i * width + j});
      }
    if (cut) row.push_back({missing, -cost, lost});
  };
  MdpFacts facts{.rewards_are_means = true, .memory_limit = context.memory_limit};
  if (cut) facts.terminal = {lost};
  Problem problem{.name = "jacks_car_rental",
                  .model = FiniteMdp(lost + (cut ? 1 : 0), 2 * options.max_move + 1, fill, facts),
                  .gamma = 0.9,
                  .picture = picture_of(options)};
  problem.afterstates = mornings(options, problem.model);
  if (cut) {
    problem.picture.state_names.emplace_back("lost");
    problem.note = fmt::format(
        "the first {} terms of each Poisson are counted and not renormalised: the missing "
        "probability of {:.2g} a day ends the episode",
        options.poisson_terms, missing);
  }
  return problem;
}

}  // namespace rl
