#pragma once
/// \file
/// A language of two prompts with seven responses each, its uniform policy, and pairs by gold.
#include <algorithm>
#include <vector>

#include "algorithms/preference/objectives.hpp"
#include "algorithms/preference/response_tree.hpp"
#include "algorithms/preference/row_policy.hpp"
#include "envs/token_world.hpp"
#include "rl/segment.hpp"

namespace tests {

struct Language {
  rl::Problem problem =
      rl::token_world({.vocabulary = 3, .max_length = 2, .prompts = 2}, {.rng = rl::Rng(5)});
  rl::ResponseTree tree{problem.model};
  rl::TablePolicy start{problem.model, rl::each_state(problem.model)};

  /// Every response with every worse one of its prompt.
  std::vector<rl::LabelledPair> pairs() const {
    std::vector<rl::LabelledPair> pairs;
    const std::vector<double> gold = tree.response_rewards();
    for (std::size_t i = 0; i < gold.size(); ++i)
      for (std::size_t j = 0; j < gold.size(); ++j)
        if (tree.response_prompt(i) == tree.response_prompt(j) && gold[i] > gold[j])
          pairs.push_back({response(i), response(j)});
    return pairs;
  }

  /// Its last step leads back to its start.
  rl::Segment response(std::size_t i) const {
    const rl::Response last = tree.responses()[i];
    const rl::State start_state = tree.start(tree.response_prompt(i));
    std::vector<rl::Action> actions = {last.action};
    for (rl::State s = last.state; s != start_state;) {
      const auto [before, a] = step_to(s);
      actions.insert(actions.begin(), a);
      s = before;
    }
    return rl::follow(problem.model, start_state, actions);
  }

 private:
  /// The one step that leads to s.
  rl::Response step_to(rl::State s) const {
    for (rl::State before = 0; before < s; ++before)
      for (rl::Action a = 0; a < tree.num_actions(); ++a)
        if (tree.next(before, a) == s) return {before, a};
    return {-1, -1};
  }
};

}  // namespace tests
