#include "rl/check_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <map>
#include <stdexcept>
#include <utility>

#include "rl/mdp_graph.hpp"
#include "rl/run.hpp"

namespace rl {

namespace detail {

std::string text_of(double x) { return fmt::format("{}", x); }

std::string place_of(State s, Action a, const std::string& what) {
  return fmt::format("state {}, action {}: {}", s, a, what);
}

Finding finding(std::string check, std::string summary, const std::vector<std::string>& failures) {
  if (failures.empty()) return {std::move(check), true, std::move(summary)};
  std::string detail = failures.front();
  if (failures.size() > 1) detail += fmt::format(" (and {} more)", failures.size() - 1);
  return {std::move(check), false, std::move(detail)};
}

}  // namespace detail

namespace {

// ---- simulator against model ------------------------------------------------------------------

constexpr double kLeastExpected = 5;  // rarer outcomes are pooled, for X^2 to be near chi-square
constexpr int kSecondSample = 16;     // times larger than the first

/// Draws that cannot be told apart: all that lead to `next` with this reward, or with noise.
struct OutcomeKind {
  State next = 0;
  bool noisy = false;
  double reward = 0;
  double sd = 0;
  double probability = 0;
  bool mixed = false;  // several noisy rewards: their sum has no normal distribution
  std::int64_t count = 0;
  double sum = 0;  // of standardised rewards, normal with mean 0 and variance 1
  double square = 0;
};

bool comes_before(const OutcomeKind& x, const OutcomeKind& y) {
  if (x.next != y.next) return x.next < y.next;
  if (x.noisy != y.noisy) return y.noisy;
  return !x.noisy && x.reward < y.reward;
}

std::vector<OutcomeKind> categories_of(const FiniteMdp& model, State s, Action a) {
  std::vector<OutcomeKind> all;
  for (const Outcome& o : model.outcomes(s, a))
    if (o.probability > 0)
      all.push_back({o.next, o.reward_sd > 0, o.reward, o.reward_sd, o.probability});
  std::stable_sort(all.begin(), all.end(), comes_before);
  std::vector<OutcomeKind> merged;
  for (const OutcomeKind& c : all) {
    if (merged.empty() || comes_before(merged.back(), c)) {
      merged.push_back(c);
      continue;
    }
    OutcomeKind& same = merged.back();
    same.mixed = same.mixed || same.reward != c.reward || same.sd != c.sd;
    same.probability += c.probability;
  }
  return merged;
}

/// The category of a draw; null where the row has none like it.
OutcomeKind* category_of(std::vector<OutcomeKind>& categories, const Step<State>& x) {
  const auto find = [&](const OutcomeKind& wanted) -> OutcomeKind* {
    const auto it = std::lower_bound(categories.begin(), categories.end(), wanted, comes_before);
    return it == categories.end() || comes_before(wanted, *it) ? nullptr : &*it;
  };
  if (OutcomeKind* exact = find({x.next, false, x.reward})) return exact;
  return find({x.next, true});
}

/// A statistic that is chi-square distributed if all is well.
struct Statistic {
  double value = 0;
  int degrees = 0;
};

/// What a sample of one pair says.
struct Evidence {
  std::string strange_state;   // a next state or a terminal flag that the model does not have
  std::string strange_reward;  // a reward that the row does not have
  Statistic frequency;
  Statistic noise;
};

Statistic frequency_of(const std::vector<OutcomeKind>& categories, std::int64_t n) {
  Statistic statistic;
  double rare = 0;
  double rare_count = 0;
  int groups = 0;
  const auto add = [&](double expected, double count) {
    statistic.value += (count - expected) * (count - expected) / expected;
    ++groups;
  };
  for (const OutcomeKind& c : categories) {
    const double expected = static_cast<double>(n) * c.probability;
    if (expected >= kLeastExpected) {
      add(expected, static_cast<double>(c.count));
    } else {
      rare += expected;
      rare_count += static_cast<double>(c.count);
    }
  }
  if (rare >= kLeastExpected) add(rare, rare_count);
  statistic.degrees = std::max(groups - 1, 0);
  return statistic;
}

/// Mean and variance of the standardised rewards of each noisy category.
Statistic noise_of(const std::vector<OutcomeKind>& categories) {
  constexpr std::int64_t kEnough = 50;  // for a chi-square variance to be nearly normal
  Statistic statistic;
  for (const OutcomeKind& c : categories) {
    if (!c.noisy || c.mixed || c.count < kEnough) continue;
    const auto n = static_cast<double>(c.count);
    statistic.value += c.sum * c.sum / n + (c.square - n) * (c.square - n) / (2 * n);
    statistic.degrees += 2;
  }
  return statistic;
}

class SamplerCheck {
 public:
  SamplerCheck(const FiniteMdp& model, const StepSampler& sampler, const CheckOptions& options,
               const Rng& rng)
      : model_(model), sampler_(sampler), options_(options), rng_(rng) {
    std::int64_t available = 0;
    for_each_pair([&](State, Action) { ++available; });
    stride_ = 1 + available * options.samples / std::max<std::int64_t>(options.max_draws, 1);
    pairs_ = (available + stride_ - 1) / stride_;
  }

  std::vector<Finding> run() {
    std::int64_t pair = 0;
    for_each_pair([&](State s, Action a) {
      if (pair++ % stride_ == 0) check_pair(s, a);
    });
    const std::string how =
        fmt::format("{} pairs{}, {} draws of each, chi-square at {:g} over all of them", pairs_,
                    stride_ > 1 ? fmt::format(" (one in {})", stride_) : "", options_.samples,
                    options_.significance);
    return {detail::finding("simulated next states follow the rows", how, bad_states_),
            detail::finding("simulated rewards are those of the rows", how, bad_rewards_)};
  }

 private:
  template <class F>
  void for_each_pair(F&& f) const {
    for (State s = 0; s < model_.num_states(); ++s)
      for (Action a = 0; a < model_.num_actions(); ++a)
        if (model_.available(s, a)) f(s, a);
  }

  void check_pair(State s, Action a) {
    const auto pair =
        static_cast<std::uint64_t>(s) * static_cast<std::uint64_t>(model_.num_actions()) +
        static_cast<std::uint64_t>(a);
    const Rng stream = rng_.split(pair);
    Evidence evidence = draw(s, a, options_.samples, stream.split("first"));
    std::int64_t draws = options_.samples;
    if (too_large(evidence.frequency) || too_large(evidence.noise)) {
      draws *= kSecondSample;
      evidence = draw(s, a, draws, stream.split("second"));
    }
    blame(s, a, draws, evidence.strange_state, evidence.frequency, bad_states_);
    blame(s, a, draws, evidence.strange_reward, evidence.noise, bad_rewards_);
  }

  void blame(State s, Action a, std::int64_t draws, const std::string& strange,
             const Statistic& statistic, std::vector<std::string>& failures) {
    if (!strange.empty())
      failures.push_back(detail::place_of(s, a, strange));
    else if (too_large(statistic))
      failures.push_back(detail::place_of(
          s, a,
          fmt::format("chi-square {:.1f} with {} degrees of freedom in {} draws, allowed {:.1f}",
                      statistic.value, statistic.degrees, draws, limit(statistic.degrees))));
  }

  Evidence draw(State s, Action a, std::int64_t draws, Rng rng) const {
    Evidence evidence;
    std::vector<OutcomeKind> categories = categories_of(model_, s, a);
    for (std::int64_t i = 0; i < draws; ++i) {
      const Step<State> x = sampler_(s, a, rng);
      if (OutcomeKind* c = category_of(categories, x)) {
        ++c->count;
        if (c->noisy) {
          const double z = (x.reward - c->reward) / c->sd;
          c->sum += z;
          c->square += z * z;
        }
      } else {
        note_stranger(categories, x, evidence);
      }
      if (x.next >= 0 && x.next < model_.num_states() && x.terminated != model_.terminal(x.next))
        evidence.strange_state = fmt::format("the step to state {} says {}, the model does not",
                                             x.next, x.terminated ? "terminal" : "not terminal");
    }
    // Draws with strange rewards are counted nowhere, so frequencies would be blamed for them.
    if (evidence.strange_reward.empty()) evidence.frequency = frequency_of(categories, draws);
    evidence.noise = noise_of(categories);
    return evidence;
  }

  static void note_stranger(const std::vector<OutcomeKind>& categories, const Step<State>& x,
                            Evidence& evidence) {
    const bool known = std::any_of(categories.begin(), categories.end(),
                                   [&](const OutcomeKind& c) { return c.next == x.next; });
    if (known)
      evidence.strange_reward =
          fmt::format("reward {} on the way to state {} is not in the row", x.reward, x.next);
    else
      evidence.strange_state = fmt::format("state {} is not in the row", x.next);
  }

  bool too_large(const Statistic& x) { return x.degrees > 0 && x.value > limit(x.degrees); }

  /// The significance is shared among all pairs and both statistics of each (Bonferroni).
  double limit(int degrees) {
    const auto [it, is_new] = limit_.try_emplace(degrees, 0.0);
    if (is_new)
      it->second = boost::math::quantile(
          boost::math::complement(boost::math::chi_squared(degrees),
                                  options_.significance / (2 * static_cast<double>(pairs_))));
    return it->second;
  }

  const FiniteMdp& model_;
  const StepSampler& sampler_;
  const CheckOptions& options_;
  const Rng& rng_;
  std::int64_t stride_ = 1;  // every such pair is drawn
  std::int64_t pairs_ = 0;   // drawn ones
  std::map<int, double> limit_;
  std::vector<std::string> bad_states_, bad_rewards_;
};

// ---- equal seeds, equal runs --------------------------------------------------------------------

/// Acts uniformly at random and learns nothing.
class UniformActor {
 public:
  explicit UniformActor(const AnyEnvironment& environment) : environment_(environment) {}

  Action start(State s, Rng& rng) const {
    std::int32_t n = 0;
    for (Action a = 0; a < environment_.num_actions(); ++a)
      n += environment_.available(s, a) ? 1 : 0;
    std::int32_t k = rng.index(n);
    Action a = 0;
    while (!environment_.available(s, a) || k-- > 0) ++a;
    return a;
  }
  Action step(const Transition<State>& t, Rng& rng) const {
    return t.terminated ? 0 : start(t.next, rng);
  }
  template <class Visitor>
  void state(Visitor& /*visit*/) {}

 private:
  AnyEnvironment environment_;  // only asked what is available, which never changes
};

struct LastStep {
  Transition<State> t{};
  void on_step(const Transition<State>& x) { t = x; }
};

bool same(const Transition<State>& x, const Transition<State>& y) {
  return x.state == y.state && x.action == y.action && x.reward == y.reward && x.next == y.next &&
         x.terminated == y.terminated && x.truncated == y.truncated;
}

std::vector<Finding> check_one(const Problem& problem, const FiniteMdp& model,
                               const CheckOptions& options, const Rng& rng) {
  std::vector<Finding> findings = {check_rows(model), check_terminals(model), check_start(model)};
  Problem still = problem;
  still.model = model;
  findings.push_back(check_ends(still));
  const StepSampler sampler = [&](State s, Action a, Rng& r) { return model.sample(s, a, r); };
  for (Finding& f : check_sampler(model, sampler, options, rng)) findings.push_back(std::move(f));
  return findings;
}

/// Of a world that changes: a few models are told one by one, of many each check once. Draws and
/// the probability to blame a sound simulator are shared among them.
std::vector<Finding> check_all(const Problem& problem, const CheckOptions& options,
                               const Rng& rng) {
  constexpr std::size_t kFew = 4;
  const std::vector<FiniteMdp>& models = problem.changing->models();
  CheckOptions share = options;
  share.significance /= static_cast<double>(models.size());
  share.max_draws =
      std::max<std::int64_t>(options.max_draws / static_cast<std::int64_t>(models.size()), 1);
  std::vector<Finding> all;
  for (std::size_t i = 0; i < models.size(); ++i) {
    std::vector<Finding> findings = check_one(problem, models[i], share, rng.split(i));
    for (std::size_t k = 0; k < findings.size(); ++k) {
      Finding& f = findings[k];
      if (models.size() <= kFew) {
        f.check += fmt::format(" (model {})", i + 1);
        all.push_back(std::move(f));
      } else if (i == 0) {
        f.check += fmt::format(" (all {} models)", models.size());
        all.push_back(std::move(f));
      } else if (all[k].passed && !f.passed) {
        all[k].passed = false;
        all[k].detail = fmt::format("model {}: {}", i + 1, f.detail);
      }
    }
  }
  return all;
}

Finding check_of_afterstates(const Problem& problem) {
  const std::string check = "what follows an afterstate does not depend on how it came about";
  try {
    check_afterstates(problem.model, *problem.afterstates);
  } catch (const std::invalid_argument& e) {
    return {check, false, e.what()};
  }
  return {check, true, fmt::format("{} afterstates", problem.afterstates->count)};
}

}  // namespace

Finding check_start(const FiniteMdp& model) {
  constexpr double kTolerance = 1e-9;
  std::vector<std::string> failures;
  double sum = 0;
  int starts = 0;
  model.for_each_start([&](State s, double p) {
    sum += p;
    ++starts;
    if (model.terminal(s)) failures.push_back(fmt::format("start state {} is terminal", s));
  });
  if (!(std::abs(sum - 1) <= kTolerance))
    failures.push_back(fmt::format("start probabilities sum to {}, not 1", sum));
  const std::vector<std::uint8_t> reached = reachable(model);
  const auto unreachable = std::count(reached.begin(), reached.end(), 0);
  return detail::finding("starts are possible",
                         fmt::format("{} start states; {} of {} states cannot be reached from them",
                                     starts, unreachable, model.num_states()),
                         failures);
}

Finding check_ends(const Problem& problem) {
  const bool must_end = problem.criterion == Criterion::discounted && problem.gamma >= 1;
  std::string detail = "every policy ends";
  bool stuck_somewhere = false;
  if (!problem.model.has_terminal()) {
    stuck_somewhere = true;
    detail = "continuing: no state is terminal";
  } else if (const auto stuck = state_without_end(problem.model)) {
    stuck_somewhere = true;
    detail = fmt::format("from state {} no policy ends", problem.picture.state_name(*stuck));
  } else {
    const std::vector<std::uint8_t> endless = endless_states(problem.model);
    if (const auto n = std::count(endless.begin(), endless.end(), 1); n > 0)
      detail = fmt::format("some policy never ends, from {} of {} states", n,
                           problem.model.num_states());
  }
  const bool passed = !(must_end && stuck_somewhere);
  if (!passed) detail += ", and gamma is 1";
  return {"episodes can end where they must", passed, detail};
}

std::vector<Finding> check_sampler(const FiniteMdp& model, const StepSampler& sampler,
                                   const CheckOptions& options, const Rng& rng) {
  return SamplerCheck(model, sampler, options, rng).run();
}

Finding check_runs(const AnyEnvironment& environment, std::int64_t episode_steps,
                   const CheckOptions& options, const Rng& rng) {
  const std::string check = "equal seeds make equal runs";
  const auto begin = [&](const Rng& root) {
    return Runner(environment, UniformActor(environment), Streams(root), episode_steps);
  };
  auto one = begin(rng);
  auto two = begin(rng);
  LastStep of_one, of_two;
  for (int step = 0; step < options.run_steps; ++step) {
    one.advance(of_one);
    two.advance(of_two);
    if (!same(of_one.t, of_two.t))
      return {check, false, fmt::format("two runs of one seed differ at step {}", step + 1)};
    if (2 * (step + 1) == options.run_steps) {  // halfway two starts anew from what one has saved
      two = begin(Rng(0));
      load_state(save_state(one), two);
    }
  }
  return {check, true, fmt::format("{} steps, saved and restored halfway", options.run_steps)};
}

std::vector<Finding> check_model(const Problem& problem, const CheckOptions& options,
                                 const Rng& rng) {
  std::vector<Finding> findings;
  if (!problem.changing) {
    findings = check_one(problem, problem.model, options, rng);
  } else {
    findings = check_all(problem, options, rng);
  }
  if (problem.afterstates) findings.push_back(check_of_afterstates(problem));
  const AnyEnvironment environment = problem.changing
                                         ? AnyEnvironment(*problem.changing)
                                         : AnyEnvironment(MdpEnvironment(problem.model));
  findings.push_back(check_runs(environment, problem.episode_steps, options, rng.split("run")));
  return findings;
}

}  // namespace rl
