#include "apps/policy_letters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace rl::apps {

namespace {

/// The states that the picture shows, in its order, each once; all by number without a picture.
std::vector<State> shown_states(const Problem& problem) {
  std::vector<State> states;
  std::vector<bool> seen(static_cast<std::size_t>(problem.model.num_states()), false);
  const auto add = [&](State s) {
    if (s < 0 || seen[static_cast<std::size_t>(s)]) return;
    seen[static_cast<std::size_t>(s)] = true;
    states.push_back(s);
  };
  for (const Panel& panel : problem.picture.panels)
    for (const State s : panel.state) add(s);
  if (problem.picture.panels.empty())
    for (State s = 0; s < problem.model.num_states(); ++s) add(s);
  return states;
}

std::string action_letters(const Problem& problem) {
  std::string letters;
  for (Action a = 0; a < problem.model.num_actions(); ++a)
    letters += problem.picture.actions.empty()
                   ? (a < 10 ? static_cast<char>('0' + a) : '?')
                   : problem.picture.actions[static_cast<std::size_t>(a)].ascii;
  return letters;
}

}  // namespace

TabularPolicy policy_by_letters(std::string text, const Problem& problem) {
  text.erase(std::remove_if(text.begin(), text.end(),
                            [](char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }),
             text.end());
  const std::string letters = action_letters(problem);
  const std::vector<State> states = shown_states(problem);
  const FiniteMdp& model = problem.model;
  if (text.size() != states.size())
    throw std::invalid_argument(fmt::format(
        "policy '{}': not 'uniform', no file, and as text it has {} letters for {} states", text,
        text.size(), states.size()));
  std::vector<Action> actions(static_cast<std::size_t>(model.num_states()), -1);
  for (std::size_t i = 0; i < states.size(); ++i) {
    const State s = states[i];
    if (model.terminal(s)) continue;
    const std::size_t a = letters.find(text[i]);
    if (a == std::string::npos)
      throw std::invalid_argument(
          fmt::format("policy: '{}' in state {} is none of the actions' letters: {}", text[i],
                      problem.picture.state_name(s), letters));
    actions[static_cast<std::size_t>(s)] = static_cast<Action>(a);
  }
  for (State s = 0; s < model.num_states(); ++s)
    if (!model.terminal(s) && actions[static_cast<std::size_t>(s)] < 0)
      throw std::invalid_argument(
          fmt::format("policy: state {} is not in the picture; give the policy as a file",
                      problem.picture.state_name(s)));
  return deterministic_policy(model, actions);
}

}  // namespace rl::apps
