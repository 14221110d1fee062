#pragma once
/// \file
/// What a learner shows of itself: its estimates, the updates that a step made; and any run of a
/// learner in a world, type-erased once a run and not per step.
#include <algorithm>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "rl/continuous.hpp"
#include "rl/policy.hpp"
#include "rl/run.hpp"
#include "rl/run_batch.hpp"
#include "rl/values.hpp"

namespace rl {

/// What a learner's numbers estimate.
enum class Quantity : int {
  v_pi,            ///< values of a fixed policy
  v_star,          ///< optimal values
  q_pi,            ///< action values of a fixed policy
  q_star,          ///< optimal action values
  q_soft,          ///< action values of the best epsilon-soft policy (the limit of Sarsa)
  preferences,     ///< numbers that only rank actions (a gradient bandit's): no exact ones exist
  roots,           ///< solutions of equations (stochastic approximation's), which the learner knows
  policy,          ///< probabilities of actions: the policy itself is what is learned
  differential_v,  ///< values of an average-reward problem, known up to a constant
  differential_q,  ///< action values of one
  weights,         ///< parameters of a function of points, whose exact values nobody knows
};

/// Whether there is one number a state, else one for each action of it.
constexpr bool of_states(Quantity what) {
  return what == Quantity::v_pi || what == Quantity::v_star || what == Quantity::differential_v;
}

/// Whether exact numbers exist beside them.
constexpr bool has_exact(Quantity what) {
  return what != Quantity::preferences && what != Quantity::policy &&
         what != Quantity::differential_v && what != Quantity::differential_q &&
         what != Quantity::weights;
}

/// Numbers and what they estimate: [S] for v, [parameters] for weights, [S x A] row-major for all
/// else.
struct Estimates {
  Quantity what;
  std::span<const double> values;
  double epsilon = 0;                     ///< of q_soft
  const TabularPolicy* policy = nullptr;  ///< of v_pi and q_pi; none: the uniform one
  std::span<const double> exact = {};     ///< of roots; NaN where there is none
};

/// Values as a linear function of features, v(s) = w . phi(s), and the policy by which states come
/// up: what the exact answers about such functions need (algorithms/linear_analysis.hpp).
struct LinearView {
  std::size_t num_features;
  std::vector<double> features;  ///< Phi: [S x num_features]
  std::vector<double> w;         ///< [num_features]
  TabularPolicy target;          ///< whose values are learned
  TabularPolicy behavior;        ///< that acts
};

/// One change of one estimate: before += alpha * weight * delta, target = reward - average_reward +
/// gamma * bootstrap. delta is the target less what it is compared with: `before` in TD methods, a
/// baseline in gradient ones.
struct Update {
  State s;   ///< -1 where states are points: the transition tells which
  Action a;  ///< -1 where v(s) is updated
  double reward;
  State next;
  double gamma;
  double bootstrap;  ///< value given to the next state; 0 beyond a terminal one
  double target;
  double delta;
  double alpha;
  double before;
  double after;
  double weight = 1;          ///< the estimate's share in delta: a gradient, a trace
  bool planned = false;       ///< from what the learner remembers or simulates, not from this step
  bool of_policy = false;     ///< of a preference h(s, a), or of a mean mu(s) where a is -1
  double average_reward = 0;  ///< that the target subtracts from the reward
};

/// Whether all numbers are finite, but for actions that are not available: else it has diverged.
bool all_finite(const FiniteMdp& model, const Estimates& estimates);

/// Thrown by a learner at the step at which a number is no longer finite. What it had learned until
/// then stays.
struct Diverged : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The updates of one step, kept only while someone watches.
class Trace {
 public:
  void enable(bool on) {
    on_ = on;
    opened_ = false;
    updates_.clear();
  }
  bool enabled() const { return on_; }
  /// A learner that updates in start(): these stand beside what the episode's first step does.
  void begin_episode() {
    updates_.clear();
    opened_ = on_;
  }
  void begin_step() {
    if (on_ && !std::exchange(opened_, false)) updates_.clear();
  }
  void add(const Update& u) { updates_.push_back(u); }
  /// The only update of this step. Out of line and noexcept: a loop without a trace keeps its
  /// registers.
  [[gnu::noinline]] void set(Update u) noexcept { updates_.assign(1, u); }
  std::span<const Update> updates() const { return updates_; }

 private:
  bool on_ = false;
  bool opened_ = false;  // an episode has begun and made no step yet
  std::vector<Update> updates_;
};

/// Whether it lives in many copies of a world at once.
template <class L>
constexpr bool kLivesInMany = BatchLearner<L, ObservationOf<L>, ActionOf<L>>;
template <class L>
concept LivesSomewhere = Learner<L, ObservationOf<L>, ActionOf<L>> || kLivesInMany<L>;

/// A learner that the registry can offer: made from a problem and options, watched, saved.
template <class L>
concept RegisteredLearner = LivesSomewhere<L> && requires(L l, const L c, StateWriter& writer) {
  typename L::Options;
  { c.estimates() } -> std::same_as<Estimates>;
  { l.trace() } -> std::same_as<Trace&>;
  l.state(writer);
};

/// Does what a learner thinks best and learns nothing: how it is judged where no model is.
template <class L>
struct GreedyActor {
  L learner;

  ActionOf<L> start(const ObservationOf<L>& s, Rng& rng) { return learner.greedy(s, rng); }
  ActionOf<L> step(const Transition<ObservationOf<L>, ActionOf<L>>& t, Rng& rng) {
    return t.terminated || t.truncated ? ActionOf<L>{} : learner.greedy(t.next, rng);
  }
};

/// A run of any registered learner in any world. Copies are independent and exact.
class AnyRunner {
 public:
  /// false stops the run
  using OnEpisode = std::function<bool(const EpisodeStats&)>;
  /// A step that was made, and the learner's trace after it.
  using OnStep = std::function<void(const AnyTransition&, const Trace&)>;

  template <Environment E, RegisteredLearner L>
  explicit AnyRunner(Runner<E, L> runner)
      : self_(std::make_unique<Holder<Runner<E, L>>>(std::move(runner))) {}
  /// In a world that changes: its first model is the runner's.
  template <RegisteredLearner L>
  AnyRunner(Runner<MdpEnvironment, L> runner, const SwitchingEnvironment& changing)
      : AnyRunner(std::move(runner)) {
    changing_ = std::make_shared<const SwitchingEnvironment>(changing);
  }
  template <Environment E, RegisteredLearner L>
  explicit AnyRunner(BatchRunner<E, L> runner)
      : self_(std::make_unique<Holder<BatchRunner<E, L>>>(std::move(runner))) {}
  AnyRunner(const AnyRunner& other)
      : self_(other.self_->clone()), changing_(other.changing_), model_index_(other.model_index_) {}
  AnyRunner(AnyRunner&&) noexcept = default;
  AnyRunner& operator=(AnyRunner other) noexcept {
    std::swap(self_, other.self_);
    std::swap(changing_, other.changing_);
    std::swap(model_index_, other.model_index_);
    return *this;
  }
  ~AnyRunner() = default;

  /// As Runner::run, with the whole loop behind one virtual call. Where the world changes at the
  /// end of an episode, on_episode is called before.
  bool run(const Budget& budget, const OnEpisode& on_episode = {}) {
    return between_changes(budget,
                           [&](const Budget& part) { return self_->run(part, on_episode); });
  }
  /// The same with a call after each step.
  bool run_watched(const Budget& budget, const OnStep& on_step, const OnEpisode& on_episode = {}) {
    return between_changes(
        budget, [&](const Budget& part) { return self_->run_watched(part, on_step, on_episode); });
  }
  /// One step, and the transition that it made.
  AnyTransition advance_anywhere(const OnEpisode& on_episode = {}) {
    AnyTransition last{};
    run_watched(
        {.steps = steps() + 1}, [&last](const AnyTransition& t, const Trace&) { last = t; },
        on_episode);
    return last;
  }
  /// The same in a world with a list of states.
  Transition<State> advance(const OnEpisode& on_episode = {}) {
    const AnyTransition t = advance_anywhere(on_episode);
    return {std::get<State>(t.state),
            std::get<Action>(t.action),
            t.reward,
            std::get<State>(t.next),
            t.terminated,
            t.truncated};
  }
  /// As Runner::replay. Throws std::invalid_argument for a learner that chooses what it learns
  /// from.
  bool replay(const Transition<State>& t, const OnEpisode& on_episode = {}) {
    const bool go_on = self_->replay(t, on_episode);
    follow_changes();
    return go_on;
  }

  std::int64_t steps() const { return self_->steps(); }
  std::int64_t episodes() const { return self_->episodes(); }
  bool in_episode() const { return self_->in_episode(); }
  const EpisodeStats& episode() const { return self_->episode(); }
  AnyObservation current() const { return self_->current(); }
  AnyAction next_action() const { return self_->next_action(); }
  Estimates estimates() const { return self_->estimates(); }
  /// Exploration rate of the behaviour now; NaN for a learner without one.
  double epsilon() const { return self_->epsilon(); }
  /// What the learner says of its own settings; empty for one that says nothing.
  std::string note() const { return self_->note(); }
  Trace& trace() { return self_->trace(); }
  /// Of a learner whose values are linear in features of states; else empty.
  std::optional<LinearView> linear() const { return self_->linear(); }
  /// The model in force: truth follows it where a world changes. Without states where the world is
  /// continuous.
  const FiniteMdp& model() const { return self_->model(); }
  /// Whether all that it has learned are numbers: else it has diverged.
  bool finite() const { return self_->finite(); }
  /// The return of n episodes in which the learner acts greedily, each cut after `steps` steps: G =
  /// sum_t gamma^t r_{t+1}. Only in continuous worlds, whose policies have no exact J.
  MeanReturn greedy_return(std::int64_t n, std::int64_t steps, double gamma,
                           const Rng& root) const {
    return self_->greedy_return(n, steps, gamma, root);
  }

  std::string save() const { return self_->save(); }
  /// Throws std::invalid_argument where the bytes are of a run of another shape.
  void load(std::string_view bytes) {
    self_->load(bytes);
    follow_changes();
  }

 private:
  /// Runs from one change of the world to the next, until the budget is used up.
  template <class Run>
  bool between_changes(const Budget& budget, Run&& run) {
    do {
      const bool go_on = run({std::min(budget.steps, next_change()), budget.episodes});
      follow_changes();
      if (!go_on) return false;
    } while (steps() < budget.steps && episodes() < budget.episodes);
    return true;
  }
  /// How many steps will have been made at the next change of the world.
  std::int64_t next_change() const;
  /// Puts the model in force that belongs to the steps made so far.
  void follow_changes();

  struct Interface {
    virtual ~Interface() = default;
    virtual std::unique_ptr<Interface> clone() const = 0;
    virtual bool run(const Budget&, const OnEpisode&) = 0;
    virtual bool run_watched(const Budget&, const OnStep&, const OnEpisode&) = 0;
    virtual bool replay(const Transition<State>&, const OnEpisode&) = 0;
    virtual std::int64_t steps() const = 0;
    virtual std::int64_t episodes() const = 0;
    virtual bool in_episode() const = 0;
    virtual const EpisodeStats& episode() const = 0;
    virtual AnyObservation current() const = 0;
    virtual AnyAction next_action() const = 0;
    virtual Estimates estimates() const = 0;
    virtual double epsilon() const = 0;
    virtual std::string note() const = 0;
    virtual Trace& trace() = 0;
    virtual std::optional<LinearView> linear() const = 0;
    virtual const FiniteMdp& model() const = 0;
    virtual void replace_model(const FiniteMdp&) = 0;
    virtual bool finite() const = 0;
    virtual MeanReturn greedy_return(std::int64_t, std::int64_t, double, const Rng&) const = 0;
    virtual std::string save() const = 0;
    virtual void load(std::string_view) = 0;
  };

  struct EpisodeForwarder {
    const OnEpisode& on_episode_function;
    bool on_episode(const EpisodeStats& e) {
      return !on_episode_function || on_episode_function(e);
    }
  };
  struct StepForwarder {
    const OnStep& on_step_function;
    const Trace& trace;
    template <class S, class A>
    void on_step(const Transition<S, A>& t) {
      on_step_function({t.state, t.action, t.reward, t.next, t.terminated, t.truncated}, trace);
    }
  };

  /// R: Runner or BatchRunner
  template <class R>
  struct Holder final : Interface {
    using E = std::decay_t<decltype(std::declval<R>().environment())>;
    using L = std::decay_t<decltype(std::declval<R>().learner())>;

    explicit Holder(R x) : r(std::move(x)) {}
    std::unique_ptr<Interface> clone() const override { return std::make_unique<Holder>(r); }
    bool run(const Budget& budget, const OnEpisode& on_episode) override {
      EpisodeForwarder forward{on_episode};
      return r.run(budget, forward);
    }
    bool run_watched(const Budget& budget, const OnStep& on_step,
                     const OnEpisode& on_episode) override {
      StepForwarder steps{on_step, r.learner().trace()};
      EpisodeForwarder episodes{on_episode};
      return r.run(budget, steps, episodes);
    }
    bool replay(const Transition<State>& t, const OnEpisode& on_episode) override {
      if constexpr (requires(EpisodeForwarder f) { r.replay(t, f); }) {
        EpisodeForwarder forward{on_episode};
        return r.replay(t, forward);
      } else {
        throw std::invalid_argument("a learner that chooses its actions cannot replay others'");
      }
    }
    std::int64_t steps() const override { return r.steps(); }
    std::int64_t episodes() const override { return r.episodes(); }
    bool in_episode() const override { return r.in_episode(); }
    const EpisodeStats& episode() const override { return r.episode(); }
    AnyObservation current() const override { return r.current(); }
    AnyAction next_action() const override { return r.next_action(); }
    Estimates estimates() const override { return r.learner().estimates(); }
    double epsilon() const override {
      if constexpr (requires { r.learner().epsilon(); })
        return r.learner().epsilon();
      else
        return std::numeric_limits<double>::quiet_NaN();
    }
    std::string note() const override {
      if constexpr (requires { r.learner().note(); })
        return r.learner().note();
      else
        return "";
    }
    Trace& trace() override { return r.learner().trace(); }
    std::optional<LinearView> linear() const override {
      if constexpr (requires { r.learner().linear(); })
        return r.learner().linear();
      else
        return std::nullopt;
    }
    const FiniteMdp& model() const override {
      if constexpr (FiniteEnvironment<E>) {
        return r.environment().model();
      } else {
        static const FiniteMdp kNoStates;
        return kNoStates;
      }
    }
    void replace_model([[maybe_unused]] const FiniteMdp& model) override {
      if constexpr (requires { r.environment().replace_model(model); })
        r.environment().replace_model(model);
      else
        throw std::logic_error("this world cannot change");
    }
    bool finite() const override { return all_finite(model(), r.learner().estimates()); }
    MeanReturn greedy_return(std::int64_t n, std::int64_t steps, double gamma,
                             const Rng& root) const override {
      if constexpr (requires(L l, const ObservationOf<L> s, Rng rng) { l.greedy(s, rng); })
        return mean_return(r.environment(), GreedyActor<L>{r.learner()}, n, steps, gamma, root);
      else
        throw std::logic_error("this learner is judged by the exact return of its policy");
    }
    std::string save() const override { return save_state(r); }
    void load(std::string_view bytes) override { load_state(bytes, r); }
    R r;
  };
  std::unique_ptr<Interface> self_;
  std::shared_ptr<const SwitchingEnvironment> changing_;  // null: the world stays as it is
  std::size_t model_index_ = 0;                           // of its models
};

/// Starts a run in the environment, or in as many copies of it as the learner lives in.
template <Environment E, RegisteredLearner L>
AnyRunner make_runner(E environment, L learner, const Streams& streams,
                      std::int64_t episode_steps) {
  if constexpr (kLivesInMany<L>)
    return AnyRunner(BatchRunner(environment, std::move(learner), streams, episode_steps));
  else
    return AnyRunner(Runner(std::move(environment), std::move(learner), streams, episode_steps));
}

/// Starts a run of a learner in the problem's world, which must have such states and actions.
template <RegisteredLearner L>
AnyRunner make_runner(const Problem& problem, L learner, const Streams& streams) {
  const auto begin = [&](const auto& environment) {
    return make_runner(environment, std::move(learner), streams, problem.episode_steps);
  };
  if constexpr (std::same_as<ObservationOf<L>, Point>) {
    return begin(std::get<ContinuousEnvironment<ActionOf<L>>>(problem.continuous->environment));
  } else {
    if constexpr (!kLivesInMany<L>)
      if (problem.changing)
        return AnyRunner(Runner(MdpEnvironment(problem.changing->models().front()),
                                std::move(learner), streams, problem.episode_steps),
                         *problem.changing);
    return begin(MdpEnvironment(problem.model));
  }
}

}  // namespace rl
