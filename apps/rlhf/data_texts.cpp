#include "apps/rlhf/data_texts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <utility>
#include <vector>

#include "rl/mdp.hpp"

namespace rl::apps {

void require_texts(const PreferenceWorld& world, const std::string& what) {
  const FiniteMdp& model = world.model();
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a)
      if (!model.terminal(s) && model.available(s, a) && model.row(s, a).size() != 1)
        throw std::invalid_argument(fmt::format(
            "{}: a text holds actions alone, and in {} action {} in {} leads where chance has it; "
            "segments hold the states too",
            what, world.name(), a, world.problem().picture.state_name(s)));
}

PreferencePair text_pair(const PreferenceWorld& world, const SegmentPair& pair) {
  const bool first_is_better = pair.preference >= 0.5;
  const double p = first_is_better ? pair.preference : 1 - pair.preference;
  PreferencePair made;
  made.prompt = world.prompt_text(pair.first);
  made.chosen = PreferenceWorld::completion_text(first_is_better ? pair.first : pair.second);
  made.rejected = PreferenceWorld::completion_text(first_is_better ? pair.second : pair.first);
  made.tie = pair.preference == 0.5;
  if (!made.tie && p < 1) made.label = p;
  return made;
}

SegmentPair segment_pair(const PreferenceWorld& world, const PreferencePair& pair) {
  return {world.segment_of(pair.prompt, pair.chosen), world.segment_of(pair.prompt, pair.rejected),
          preference_of_pair(pair), std::string()};
}

double preference_of_pair(const PreferencePair& pair) {
  return pair.tie ? 0.5 : pair.label.value_or(1);
}

void require_segment_of(const PreferenceWorld& world, const Segment& segment) {
  const FiniteMdp& model = world.model();
  for (const State s : segment.states)
    if (s < 0 || s >= model.num_states())
      throw std::invalid_argument(fmt::format("state {} is none of {}: they are 0 to {}", s,
                                              world.name(), model.num_states() - 1));
  for (std::size_t t = 0; t < segment.length(); ++t) {
    const State s = segment.states[t];
    const Action a = segment.actions[t];
    const bool stays = model.terminal(s) && segment.states[t + 1] == s;
    const bool possible =
        a >= 0 && a < model.num_actions() && !model.terminal(s) && model.available(s, a);
    if (!stays && !possible)
      throw std::invalid_argument(
          fmt::format("action {} in state {} is impossible in {}", a, s, world.name()));
  }
}

void fill_in_rewards(const PreferenceWorld& world, Segment& segment) {
  const FiniteMdp& model = world.model();
  if (!segment.rewards.empty()) return;
  std::vector<double> rewards;
  for (std::size_t t = 0; t < segment.length(); ++t) {
    const State s = segment.states[t];
    if (model.terminal(s)) {
      rewards.push_back(0);
      continue;
    }
    const FiniteMdp::Row row = model.row(s, segment.actions[t]);
    if (row.size() != 1) return;
    rewards.push_back(row.reward);
  }
  segment.rewards = std::move(rewards);
}

Segment without_filling(const FiniteMdp& model, const Segment& segment) {
  std::size_t length = 0;
  while (length < segment.length() && !model.terminal(segment.states[length])) ++length;
  const auto cut = [](const auto& list, std::size_t n) {
    return std::vector(list.begin(),
                       list.begin() + static_cast<std::ptrdiff_t>(std::min(n, list.size())));
  };
  return {cut(segment.states, length + 1), cut(segment.actions, length),
          cut(segment.rewards, length), model.terminal(segment.states[length])};
}

bool same_way(const Segment& a, const Segment& b) {
  return a.states == b.states && a.actions == b.actions;
}

}  // namespace rl::apps
