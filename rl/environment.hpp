#pragma once
/// \file
/// What an environment is; the simulator of a finite MDP; one that changes while it is lived in;
/// and the type-erased environment that stands for any of them.
#include <concepts>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "rl/mdp.hpp"
#include "rl/random.hpp"
#include "rl/state.hpp"
#include "rl/types.hpp"

namespace rl {

namespace detail {
template <class X>
struct ActionTypeOf {
  using Type = Action;
};
template <class X>
requires requires { typename X::ActionType; }
struct ActionTypeOf<X> {
  using Type = typename X::ActionType;
};
template <class X>
struct ObservationTypeOf {
  using Type = State;
};
template <class X>
requires requires { typename X::Observation; }
struct ObservationTypeOf<X> {
  using Type = typename X::Observation;
};
}  // namespace detail

/// The actions of an environment or a learner: numbers 0, 1, ..., or what its ActionType says.
template <class X>
using ActionOf = typename detail::ActionTypeOf<X>::Type;
/// What a learner is told of states: their numbers, or what its Observation says.
template <class X>
using ObservationOf = typename detail::ObservationTypeOf<X>::Type;

/// Anything that can be reset and stepped. It keeps its own state; randomness comes from outside;
/// limits on an episode are the Runner's business.
template <class E>
concept Environment = requires(E e, ActionOf<E> a, Rng& rng) {
  { e.reset(rng) } -> std::same_as<typename E::Observation>;
  { e.step(a, rng) } -> std::same_as<Step<typename E::Observation>>;
};

/// One with a list of actions 0 .. num_actions() - 1.
template <class E>
concept DiscreteActions = Environment<E> && std::same_as<ActionOf<E>, Action> &&
    requires(const E c, typename E::Observation s, Action a) {
  { c.num_actions() } -> std::convertible_to<Action>;
  { c.available(s, a) } -> std::convertible_to<bool>;
};

/// An environment with states 0 .. num_states() - 1.
template <class E>
concept FiniteEnvironment = DiscreteActions<E> && std::same_as<typename E::Observation, State> &&
    requires(const E c) {
  { c.num_states() } -> std::convertible_to<State>;
};

/// Samples a FiniteMdp: the run-time environment of all finite problems, so that "a world chosen by
/// name" is data and costs no virtual call.
class MdpEnvironment {
 public:
  using Observation = State;
  explicit MdpEnvironment(FiniteMdp model) : model_(std::move(model)) {}

  State num_states() const { return model_.num_states(); }
  Action num_actions() const { return model_.num_actions(); }
  bool available(State s, Action a) const { return model_.available(s, a); }
  State reset(Rng& rng) { return state_ = model_.sample_start(rng); }
  Step<State> step(Action a, Rng& rng) {
    const Step<State> x = model_.sample(state_, a, rng);
    state_ = x.next;
    return x;
  }
  const FiniteMdp& model() const { return model_; }
  /// From the next step on, in the state where it is. Requires a model of the same shape.
  void replace_model(FiniteMdp model) { model_ = std::move(model); }

  template <class Visitor>
  void state(Visitor& visit) {
    visit("environment.state", state_);
    check_saved_index("environment.state", state_, num_states());
  }

 private:
  FiniteMdp model_;
  State state_ = 0;
};
static_assert(FiniteEnvironment<MdpEnvironment>);

/// A world that changes (the blocking maze, S&B 8.3): model i + 1 replaces model i when exactly
/// `at_step[i]` steps have been made, also in the middle of an episode.
class SwitchingEnvironment {
 public:
  using Observation = State;
  /// Requires models of one shape with the same terminal states and available actions (whoever is
  /// there when it changes must be able to go on), one more than switching times, and times that
  /// grow.
  SwitchingEnvironment(std::vector<FiniteMdp> models, std::vector<std::int64_t> at_step)
      : models_(std::move(models)), at_step_(std::move(at_step)) {
    if (models_.empty() || models_.size() != at_step_.size() + 1)
      throw std::invalid_argument("switching environment: needs one model more than times");
    for (std::size_t i = 0; i < at_step_.size(); ++i)
      if (at_step_[i] <= (i == 0 ? 0 : at_step_[i - 1]))
        throw std::invalid_argument("switching environment: times must be positive and grow");
    for (const FiniteMdp& m : models_) check(m);
  }

  State num_states() const { return models_.front().num_states(); }
  Action num_actions() const { return models_.front().num_actions(); }
  bool available(State s, Action a) const { return model().available(s, a); }
  State reset(Rng& rng) { return state_ = model().sample_start(rng); }
  Step<State> step(Action a, Rng& rng) {
    const Step<State> x = model().sample(state_, a, rng);
    state_ = x.next;
    ++steps_;
    if (current_ < at_step_.size() && steps_ == at_step_[current_]) ++current_;
    return x;
  }
  /// The model in force for the next step: truth follows it.
  const FiniteMdp& model() const { return models_[current_]; }
  const std::vector<FiniteMdp>& models() const { return models_; }
  const std::vector<std::int64_t>& at_step() const { return at_step_; }

  template <class Visitor>
  void state(Visitor& visit) {
    visit("environment.state", state_);
    visit("environment.steps", steps_);
    visit("environment.current", current_);
    check_saved_index("environment.state", state_, num_states());
    check_saved_index("environment.steps", steps_, kMostSaved);
    check_saved_index("environment.current", static_cast<std::int64_t>(current_),
                      static_cast<std::int64_t>(models_.size()));
  }

 private:
  void check(const FiniteMdp& m) const {
    if (m.num_states() != num_states() || m.num_actions() != num_actions())
      throw std::invalid_argument("switching environment: models differ in shape");
    for (State s = 0; s < m.num_states(); ++s) {
      if (m.terminal(s) != models_.front().terminal(s))
        throw std::invalid_argument("switching environment: models differ in terminal states");
      for (Action a = 0; a < m.num_actions(); ++a)
        if (m.available(s, a) != models_.front().available(s, a))
          throw std::invalid_argument("switching environment: models differ in available actions");
    }
  }

  std::vector<FiniteMdp> models_;
  std::vector<std::int64_t> at_step_;
  State state_ = 0;
  std::int64_t steps_ = 0;
  std::size_t current_ = 0;
};
static_assert(FiniteEnvironment<SwitchingEnvironment>);

/// Holds any finite environment and models the concept itself, so that every template of the
/// library also runs with an environment picked by name.
class AnyEnvironment {
 public:
  using Observation = State;
  template <FiniteEnvironment E>  // NOLINTNEXTLINE(google-explicit-constructor): any is one
  requires(!std::same_as<E, AnyEnvironment>) AnyEnvironment(E e)
      : self_(std::make_unique<Holder<E>>(std::move(e))) {}
  AnyEnvironment(const AnyEnvironment& other) : self_(other.self_->clone()) {}
  AnyEnvironment(AnyEnvironment&&) noexcept = default;
  AnyEnvironment& operator=(AnyEnvironment other) noexcept {
    self_ = std::move(other.self_);
    return *this;
  }
  ~AnyEnvironment() = default;

  State num_states() const { return self_->num_states(); }
  Action num_actions() const { return self_->num_actions(); }
  bool available(State s, Action a) const { return self_->available(s, a); }
  State reset(Rng& rng) { return self_->reset(rng); }
  Step<State> step(Action a, Rng& rng) { return self_->step(a, rng); }
  /// The model in force, or null where the environment has none.
  const FiniteMdp* model() const { return self_->model(); }

  void state(StateWriter& visit) { self_->save(visit); }
  void state(StateReader& visit) { self_->load(visit); }

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual std::unique_ptr<Interface> clone() const = 0;
    virtual State num_states() const = 0;
    virtual Action num_actions() const = 0;
    virtual bool available(State, Action) const = 0;
    virtual State reset(Rng&) = 0;
    virtual Step<State> step(Action, Rng&) = 0;
    virtual const FiniteMdp* model() const = 0;
    virtual void save(StateWriter&) = 0;
    virtual void load(StateReader&) = 0;
  };
  template <class E>
  struct Holder final : Interface {
    explicit Holder(E x) : e(std::move(x)) {}
    std::unique_ptr<Interface> clone() const override { return std::make_unique<Holder>(e); }
    State num_states() const override { return e.num_states(); }
    Action num_actions() const override { return e.num_actions(); }
    bool available(State s, Action a) const override { return e.available(s, a); }
    State reset(Rng& rng) override { return e.reset(rng); }
    Step<State> step(Action a, Rng& rng) override { return e.step(a, rng); }
    const FiniteMdp* model() const override {
      if constexpr (requires {
                      { e.model() } -> std::same_as<const FiniteMdp&>;
                    })
        return &e.model();
      else
        return nullptr;
    }
    void save(StateWriter& visit) override { e.state(visit); }
    void load(StateReader& visit) override { e.state(visit); }
    E e;
  };
  std::unique_ptr<Interface> self_;
};
static_assert(FiniteEnvironment<AnyEnvironment>);

}  // namespace rl
