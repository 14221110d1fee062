#pragma once
/// \file
/// Worlds without a list of states: what is seen of them is a point. Actions are numbers 0, 1, ...
/// (mountain car) or points as well (a torque).
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "rl/environment.hpp"
#include "rl/random.hpp"
#include "rl/space.hpp"
#include "rl/state.hpp"
#include "rl/types.hpp"

namespace rl {

/// Holds any environment that shows points and takes actions of type A, Action or Point; models the
/// concept itself. One virtual call a step.
template <class A>
class ContinuousEnvironment {
 public:
  using Observation = Point;
  using ActionType = A;

  template <Environment E>
  requires(!std::same_as<E, ContinuousEnvironment> && std::same_as<ObservationOf<E>, Point> &&
           std::same_as<ActionOf<E>, A>)  // NOLINTNEXTLINE(google-explicit-constructor): any is one
      ContinuousEnvironment(E e)
      : self_(std::make_unique<Holder<E>>(std::move(e))) {}
  ContinuousEnvironment(const ContinuousEnvironment& other) : self_(other.self_->clone()) {}
  ContinuousEnvironment(ContinuousEnvironment&&) noexcept = default;
  ContinuousEnvironment& operator=(ContinuousEnvironment other) noexcept {
    self_ = std::move(other.self_);
    return *this;
  }
  ~ContinuousEnvironment() = default;

  Action num_actions() const requires std::same_as<A, Action> { return self_->num_actions(); }
  bool available(const Point& s, Action a) const requires std::same_as<A, Action> {
    return self_->available(s, a);
  }
  Point reset(Rng& rng) { return self_->reset(rng); }
  Step<Point> step(const A& a, Rng& rng) { return self_->step(a, rng); }

  void state(StateWriter& visit) { self_->save(visit); }
  void state(StateReader& visit) { self_->load(visit); }

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual std::unique_ptr<Interface> clone() const = 0;
    virtual Action num_actions() const = 0;
    virtual bool available(const Point&, Action) const = 0;
    virtual Point reset(Rng&) = 0;
    virtual Step<Point> step(const A&, Rng&) = 0;
    virtual void save(StateWriter&) = 0;
    virtual void load(StateReader&) = 0;
  };
  template <class E>
  struct Holder final : Interface {
    explicit Holder(E x) : e(std::move(x)) {}
    std::unique_ptr<Interface> clone() const override { return std::make_unique<Holder>(e); }
    Action num_actions() const override {
      if constexpr (DiscreteActions<E>)
        return e.num_actions();
      else
        return 0;
    }
    bool available(const Point& s, Action a) const override {
      if constexpr (DiscreteActions<E>)
        return e.available(s, a);
      else
        return true;
    }
    Point reset(Rng& rng) override { return e.reset(rng); }
    Step<Point> step(const A& a, Rng& rng) override { return e.step(a, rng); }
    void save(StateWriter& visit) override { e.state(visit); }
    void load(StateReader& visit) override { e.state(visit); }
    E e;
  };
  std::unique_ptr<Interface> self_;
};

struct Scene;

/// The world of a problem that has no finite model.
struct ContinuousWorld {
  std::variant<ContinuousEnvironment<Action>, ContinuousEnvironment<Point>> environment;
  Space observation;  ///< what the numbers of a state mean
  Space action = {};  ///< the same of an action; empty where actions are 0, 1, ...
  bool ends = true;   ///< whether some policy reaches a terminal state
  /// Discounts the return J by which policies are judged; 1: the sum of an episode's rewards.
  double return_gamma = 1;
  /// J* when the return is discounted so; empty where nobody knows it.
  std::function<std::optional<double>(double gamma)> best_return = {};

  /// What is seen, drawn (rl/drawing/scene.hpp), with the way that led there.
  std::function<Scene(const Point& seen, std::span<const Point> path)> draw = {};

  std::optional<double> known_best_return() const {
    return best_return ? best_return(return_gamma) : std::nullopt;
  }
  bool has_discrete_actions() const { return environment.index() == 0; }
  /// 0 where actions are points.
  Action num_actions() const {
    return has_discrete_actions() ? std::get<0>(environment).num_actions() : 0;
  }
};

// ---- what is seen of any world ------------------------------------------------------------------

/// The number of a state, or a point.
using AnyObservation = std::variant<State, Point>;
/// The number of an action, or a point.
using AnyAction = std::variant<Action, Point>;
using AnyTransition = Transition<AnyObservation, AnyAction>;

/// "(-0.52, 0.003)"
std::string point_text(const Point& x);

/// The space with -1 and 1 in place of infinite bounds, so that points can be drawn in it.
Space bounded(Space space);

/// Uniformly random actions: numbers, or points between the bounds of an action space.
template <class A>
struct RandomActor {
  std::conditional_t<std::same_as<A, Action>, Action, Space> actions;

  A start(const Point& /*s*/, Rng& rng) const {
    if constexpr (std::same_as<A, Action>) {
      return rng.index(actions);
    } else {
      Point u(std::vector<double>(actions.size()));
      for (std::size_t i = 0; i < actions.size(); ++i)
        u[i] = actions[i].low + (actions[i].high - actions[i].low) * rng.uniform();
      return u;
    }
  }
  A step(const Transition<Point, A>& t, Rng& rng) const { return start(t.next, rng); }
};

}  // namespace rl
