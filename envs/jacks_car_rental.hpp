#pragma once
/// \file
/// Jack's car rental (S&B Example 4.2) and its Exercise 4.7: how many cars to move overnight
/// between two locations.
///
///     m1 = min(n1 - a, 20),  m2 = min(n2 + a, 20)               cars after the move
///     rented_i = min(m_i, requests_i),  requests_i ~ Poisson(3), Poisson(4)
///     n_i' = min(m_i - rented_i + returns_i, 20),  returns_i ~ Poisson(3), Poisson(2)
///     reward = 10 (rented_1 + rented_2) - 2 |a|
///
/// States      (n1, n2), cars at the end of a day, 0 .. 20 each; number 21 n1 + n2.
/// Actions     a + 5 moves a cars from location 1 to 2, a = -5 .. 5 (negative: from 2 to 1). Only
///             cars that are there can be moved: -min(n2, 5) <= a <= min(n1, 5).
/// Rewards     each outcome has E[reward | s, a, s'], a mean and no reward that occurs by itself
///             (FiniteMdp::rewards_are_means).
/// Afterstates (m1, m2), number 21 m1 + m2; the cost of the night is certain before.
/// Limits      more than 20 cars: the rest goes back to the company. A car that is returned can be
///             rented from the next day only.
/// Terminal    none. Start uniform (the book needs none). gamma 0.9. No limit on an episode.
/// Exercise    4.7: one car from 1 to 2 is free, and each location costs 4 a night where more than
///             10 cars stand there after the move, counted before the limit of 20.
/// Tails       `poisson_terms` terms of each Poisson are counted; 60 are all that a double can see.
///             Fewer are for one purpose: to reproduce public code that cuts at 11 and does not
///             renormalise, which loses 4 % of the value and changes 11 of 441 actions. The missing
///             probability then leads to one more state, number 441 and terminal, in a night that
///             has its costs and no income.
/// Ties        none in the optimum.
/// Source      S&B 4.3; the order of events is that of the published program by S. Zhang.
#include <vector>

#include "rl/options.hpp"
#include "rl/registry.hpp"

namespace rl {

struct JacksCarRentalOptions {
  int max_cars = 20;
  int max_move = 5;
  double rent = 10;
  double move_cost = 2;
  std::vector<double> requests = {3, 4};
  std::vector<double> returns = {3, 2};
  int free_cars = 0;
  int parking_limit = 10;
  double parking_cost = 0;
  int poisson_terms = 60;

  template <class Visitor>
  void visit(Visitor& v) {
    v("max_cars", max_cars, "cars that a location holds", Range{1, 30});
    v("max_move", max_move, "cars that can be moved in a night", Range{1, 10});
    v("rent", rent, "income for a rented car", Range{0, 1e9});
    v("move_cost", move_cost, "cost of moving a car", Range{0, 1e9});
    v("requests", requests, "mean requests a day at locations 1 and 2", Range{0, 15});
    v("returns", returns, "mean returns a day at locations 1 and 2", Range{0, 15});
    v("free_cars", free_cars, "cars moved from 1 to 2 without cost", Range{0, 10});
    v("parking_limit", parking_limit, "cars that park for free at a location", Range{0, 30});
    v("parking_cost", parking_cost, "cost a night at a location with more cars", Range{0, 1e9});
    v("poisson_terms", poisson_terms, "terms counted of each Poisson distribution", Range{1, 200});
  }
};

/// Exercise 4.7: a free shuttle for one car, and parking.
inline JacksCarRentalOptions jacks_car_rental_4_7() { return {.free_cars = 1, .parking_cost = 4}; }

/// Throws std::invalid_argument unless there are two means of requests and of returns, and for a
/// limit of parking without its cost.
Problem jacks_car_rental(const JacksCarRentalOptions& options = {},
                         const WorldContext& context = {});

}  // namespace rl
