#include "apps/rlhf/preference_world.hpp"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "algorithms/preference/kl_control.hpp"
#include "apps/world.hpp"
#include "rl/coordinates.hpp"
#include "rl/random.hpp"
#include "rl/with_rewards.hpp"

namespace rl::apps {

namespace {

std::optional<ResponseTree> tree_where_possible(const Problem& problem) {
  if (problem.gamma != 1 || !problem.model.has_terminal()) return std::nullopt;
  try {
    return ResponseTree(problem.model);
  } catch (const std::invalid_argument&) {
    return std::nullopt;  // chance, or ways back
  }
}

std::string fingerprint_of(const Problem& problem) {
  std::uint64_t hash = 0;
  const auto mix = [&](auto number) {
    std::uint64_t x = hash ^ std::bit_cast<std::uint64_t>(static_cast<double>(number));
    hash = splitmix64(x);
  };
  const FiniteMdp& model = problem.model;
  mix(problem.gamma);
  model.for_each_start([&](State s, double p) {
    mix(s);
    mix(p);
  });
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a) {
      if (model.terminal(s) || !model.available(s, a)) continue;
      const FiniteMdp::Row row = model.row(s, a);
      mix(row.reward);
      for (std::size_t k = 0; k < row.size(); ++k) {
        mix(row.next(k));
        mix(row.probability(k));
      }
    }
  return fmt::format("{:016x}", hash);
}

/// The features that the book gives, or the coordinates and a 1.
struct StateFeatures {
  std::vector<double> values;  // [S x count]
  std::size_t count;
};

StateFeatures features_of_world(const Problem& problem) {
  if (problem.features) return {problem.features->values, problem.features->count};
  const StateCoordinates x = coordinates_of(problem);
  const std::size_t n = x.space.size();
  StateFeatures features{{}, n + 1};
  for (State s = 0; s < problem.model.num_states(); ++s) {
    for (std::size_t i = 0; i < n; ++i) features.values.push_back(x.of(s)[i]);
    features.values.push_back(1);
  }
  return features;
}

/// A row for each context: the features of its first state.
FeatureMatrix context_features(const Contexts& contexts, const StateFeatures& features) {
  FeatureMatrix x = FeatureMatrix::Zero(contexts.count, static_cast<Eigen::Index>(features.count));
  for (std::size_t s = contexts.of.size(); s-- > 0;)
    if (contexts.of[s] >= 0)
      x.row(contexts.of[s]) = Eigen::Map<const Eigen::RowVectorXd>(
          features.values.data() + s * features.count, x.cols());
  return x;
}

}  // namespace

Metrics metrics_of(const ExactScores& scores) {
  Metrics metrics = {{"true/return", scores.true_return}, {"true/kl", scores.kl}};
  if (scores.kl_forward) metrics.emplace_back("true/kl_forward", *scores.kl_forward);
  if (scores.win_rate) metrics.emplace_back("true/win_rate", *scores.win_rate);
  if (scores.proxy_return) metrics.emplace_back("proxy/return", *scores.proxy_return);
  if (scores.mean_length) metrics.emplace_back("true/mean_length", *scores.mean_length);
  return metrics;
}

PreferenceWorld::PreferenceWorld(std::string name, Problem problem)
    : name_(std::move(name)),
      problem_(std::move(problem)),
      fingerprint_(fingerprint_of(problem_)),
      tree_(tree_where_possible(problem_)) {
  if (problem_.gamma == 1)
    if (const auto state = problem_.state_without_end())
      throw std::invalid_argument(
          fmt::format("{}: no episode ends from {}; give --gamma below 1", name_, *state));
  constexpr State kMostNamed = 1'000'000;
  for (State s = 0; s < model().num_states() && model().num_states() <= kMostNamed; ++s)
    states_.emplace(problem_.picture.state_name(s), s);
}

State PreferenceWorld::state_named(const std::string& text) const {
  const auto found = states_.find(text);
  return found != states_.end() ? found->second : parse_state(problem_, text);
}

std::unique_ptr<RowPolicy> PreferenceWorld::make_policy(const PolicyChoice& choice,
                                                        std::uint64_t seed) const {
  if (choice.policy_class == PolicyClass::table)
    return std::make_unique<TablePolicy>(model(), each_state(model()));
  const StateFeatures features = features_of_world(problem_);
  Contexts contexts = by_features(model(), features.values, features.count);
  if (choice.policy_class == PolicyClass::features)
    return std::make_unique<TablePolicy>(model(), std::move(contexts));
  FeatureMatrix x = context_features(contexts, features);
  if (choice.policy_class == PolicyClass::linear)
    return std::make_unique<LinearPolicy>(model(), std::move(contexts), std::move(x));
  Rng rng = Rng(seed).split("network");
  return std::make_unique<NetworkPolicy>(model(), std::move(contexts), x, choice.network, rng);
}

ExactScores PreferenceWorld::evaluate(const PolicyRows& policy, const PolicyRows& reference,
                                      std::span<const double> proxy) const {
  ExactScores scores;
  if (tree_) {
    const ResponseEvaluation exact = tree_->evaluate(policy, reference);
    scores.true_return = exact.reward.mean;
    scores.kl = exact.kl.mean;
    scores.kl_forward = exact.kl_forward.mean;
    scores.win_rate = tree_->win_rate(policy, reference).mean;
    scores.mean_length = tree_->mean_length(policy).mean;
    if (!proxy.empty()) scores.proxy_return = tree_->evaluate(policy, proxy).mean;
    return scores;
  }
  const TabularPolicy table = table_of(policy);
  const RegularizedReturn exact =
      regularized_return(model(), problem_.gamma, table, table_of(reference));
  scores.true_return = exact.reward;
  scores.kl = exact.kl;
  if (!proxy.empty()) {
    const auto columns = static_cast<std::size_t>(model().num_actions());
    const FiniteMdp paid = with_rewards(model(), [&](State s, Action a, const Outcome&) {
      return proxy[index(s) * columns + index(a)];
    });
    scores.proxy_return = regularized_return(paid, problem_.gamma, table, table).reward;
  }
  return scores;
}

Segment PreferenceWorld::segment_of(const std::string& prompt,
                                    const std::string& completion) const {
  std::vector<Action> actions;
  std::istringstream words(completion);
  for (std::string word; words >> word;) {
    const std::optional<double> x = parse_number(word);
    if (!x || *x != std::floor(*x) || *x < 0 || *x >= model().num_actions())
      throw std::invalid_argument(fmt::format("'{}' is no action: they are the numbers 0 to {}",
                                              word, model().num_actions() - 1));
    actions.push_back(static_cast<Action>(*x));
  }
  if (actions.empty()) throw std::invalid_argument("the completion has no actions");
  Segment segment = follow(model(), state_named(prompt), actions);
  if (tree_ && !segment.terminated)
    throw std::invalid_argument(
        fmt::format("the response '{}' to '{}' does not end", completion, prompt));
  return segment;
}

std::string PreferenceWorld::prompt_text(const Segment& segment) const {
  return problem_.picture.state_name(segment.states.front());
}

std::string PreferenceWorld::completion_text(const Segment& segment) {
  return fmt::format("{}", fmt::join(segment.actions, " "));
}

FlagSpec world_seed_flag() {
  return {"world_seed", "N", "of what is random in the world itself", "0"};
}

PreferenceWorld preference_world_of(const Registry& registry, const Arguments& arguments) {
  const std::string world = arguments.text("env").value_or("token_world");
  WorldSettings settings = world_settings(arguments);
  settings.seed = static_cast<std::uint64_t>(*arguments.integer("world_seed"));
  Problem problem = make_problem(registry, world, settings);
  if (!problem.finite())
    throw std::invalid_argument(
        fmt::format("{}: learning from preferences needs a list of states", world));
  return {name_of_world(world), std::move(problem)};
}

}  // namespace rl::apps
