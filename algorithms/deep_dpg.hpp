#pragma once
/// \file
/// Deep deterministic policy gradient (MFRL 10.4; Lillicrap et al. 2016): the deterministic
/// actor-critic with a network for mu(s; theta) and one for q(s, u; w), from a replay buffer, each
/// beside a target network that follows it softly. A batch of (s, u, R, s'', Gamma) at a time:
///
///     w      <- w     - alpha_w grad_w (R + Gamma q(s'', mu(s''; theta_T); w_T) - q(s, u; w))^2
///     theta  <- theta + alpha grad_theta mu(s) grad_u q(s, u; w) at u = mu(s)
///     w_T, theta_T  <-  tau of the way to w, theta
///
/// Actions stand in the networks as (u - middle) / half the way from bound to bound; the policy's
/// last layer is tanh where all actions have bounds, else linear, and what it says is brought into
/// the bounds that there are. replay_buffer.hpp has R and Gamma.
#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/learned_policy.hpp"
#include "algorithms/network_inputs.hpp"
#include "algorithms/replay_buffer.hpp"
#include "rl/learning.hpp"
#include "rl/network.hpp"
#include "rl/optimizer.hpp"
#include "rl/options.hpp"
#include "rl/problem.hpp"
#include "rl/random.hpp"
#include "rl/space.hpp"
#include "rl/step_size.hpp"

namespace rl {

/// The defaults bring the pendulum up (gamma .99) in 20,000 steps.
struct DeepDpgOptions {
  Schedule alpha = 1e-3;
  Schedule alpha_w = 1e-3;
  NetworkOptions network = {};
  NetworkInputOptions inputs = {};
  double head = 0.01;
  Schedule noise = Schedule::linear(1, 0.1, 10'000);
  int n_step = 1;
  std::int64_t batch = 64;
  std::int64_t capacity = 100'000;
  std::int64_t learn_from = 1000;
  double target_tau = 0.005;
  double gradient_norm = 10;
  template <class Visitor>
  void visit(Visitor& v) {
    v("alpha", alpha, "learning rate of the policy; its clock counts updates", Range{0, 1});
    v("alpha_w", alpha_w, "learning rate of the action values; its clock counts updates",
      Range{0, 1});
    network.visit(v);
    inputs.visit(v);
    v("head", head, "the policy's last layer begins so small, its actions near the middle",
      Range{0, 1e6});
    v("noise", noise,
      "standard deviation of the noise on actions, in half the way from bound to bound; its clock "
      "counts steps",
      Range{0, 1e9});
    v("n_step", n_step, "steps until a target bootstraps", Range{1, 1000});
    v("batch", batch, "transitions of an update", Range{1, 1e6});
    v("capacity", capacity, "transitions that are kept, the last ones", Range{1, 1e8});
    v("learn_from", learn_from, "steps before the first update", Range{1, 1e12});
    v("target_tau", target_tau, "how far the target networks go at each update", Range{0, 1});
    v("gradient_norm", gradient_norm, "a longer gradient is cut to this length",
      Range{1e-300, 1e300});
  }
};

/// mu(s; theta) as a network.
class NetworkActor {
 public:
  using Observation = Point;
  using ActionType = Point;

  NetworkActor(const Problem& problem, const DeepDpgOptions& options, Rng rng);

  const NetworkInputs<Point>& inputs() const { return inputs_; }
  NetworkInputs<Point>& inputs() { return inputs_; }
  const Network<float>& network() const { return network_; }
  Network<float>& network() { return network_; }

  /// mu(s), within the bounds of actions.
  Point operator()(const Point& s) const { return by(network_, s); }
  /// The same with the parameters of another network.
  Point by(const Network<float>& network, const Point& s) const;
  Point greedy(const Point& s, Rng& /*rng*/) const { return (*this)(s); }
  /// mu(s), each number with noise of so many halves of the way between its bounds, and within
  /// them.
  Point noisy(const Point& s, double sd, Rng& rng) const;
  /// u as it stands in networks: x[i * stride] <- number i.
  void write_action(const Point& u, float* x, std::size_t stride) const;

  /// theta
  std::span<const double> shown() const;
  /// mu(s), as it is shown in updates.
  std::vector<PolicyNumber> numbers(const Point& s) const;

  template <class Visitor>
  void state(Visitor& visit) {
    inputs_.state(visit);
    network_.state(visit);
  }

 private:
  NetworkInputs<Point> inputs_;
  Space actions_;
  std::vector<InputScaling> scaling_;  // of actions
  Network<float> network_;
  mutable detail::AlignedVector<float> x_;  // scratch: what is shown of one state
  mutable Tape<float> tape_;
  mutable std::vector<double> shown_;
};

class DeepDpg : public LearnedPolicy<NetworkActor> {
 public:
  using Options = DeepDpgOptions;
  using Lived = Transition<Point, Point>;

  /// `rng` draws the initial parameters. Throws std::invalid_argument for a batch that no buffer of
  /// this capacity holds.
  DeepDpg(const Problem& problem, const Options& options, const Rng& rng = Rng(0));

  Point start(const Point& s, Rng& rng);
  Point step(const Lived& t, Rng& rng);

  /// q(s, u; w)
  double value(const Point& s, const Point& u) const { return value_by(critic_, s, u); }

  template <class Visitor>
  void state(Visitor& visit) {
    LearnedPolicy::state(visit);
    for (Network<float>* network : {&critic_, &actor_target_, &critic_target_})
      network->state(visit);
    actor_optimizer_.state(visit);
    critic_optimizer_.state(visit);
    n_step_.state(visit, 0, 0);
    replay_.state(visit);
    for (StepSize* clock : {&alpha_, &alpha_w_, &noise_}) clock->state(visit);
    visit("steps", steps_);
    check_saved_index("steps", steps_, kMostSaved);
  }

 private:
  /// A batch as the networks see it: rows of inputs, then of actions; [rows x batch].
  struct Batch {
    detail::AlignedVector<float> now, next;
    std::vector<double> reward, discount;
  };

  void learn(const Lived& t, Rng& rng);
  void update(const Lived& t, Rng& rng);
  void tell_error(const Lived& t, Update& u) const;
  double value_by(const Network<float>& critic, const Point& s, const Point& u) const;
  void draw(Rng& rng);
  /// R + Gamma q(s'', mu(s''; theta_T); w_T) of each of the batch.
  std::vector<double> targets();
  void improve_critic(std::span<const double> target, double alpha);
  void improve_actor(double alpha);
  /// What stands behind the inputs in a matrix of a batch.
  std::span<float> action_rows(std::span<float> x) const;

  Options options_;
  double gamma_;
  Network<float> critic_, actor_target_, critic_target_;
  Optimizer<float> actor_optimizer_, critic_optimizer_;
  NStepExperience<Point, Point> n_step_;
  ReplayBuffer<Point, Point> replay_;
  StepSize alpha_, alpha_w_, noise_;
  std::int64_t steps_ = 0;

  // what an update works on; means nothing between updates
  Batch batch_;
  ReplaySample sample_;
  mutable Tape<float> critic_tape_;
  Tape<float> actor_tape_;
  detail::AlignedVector<float> gradient_, slope_, by_input_;
};

}  // namespace rl
