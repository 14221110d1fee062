#include "algorithms/deep_dpg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace rl {

namespace {

const DeepDpgOptions& checked(const DeepDpgOptions& options) {
  if (options.batch > options.capacity)
    throw std::invalid_argument(
        fmt::format("option 'batch': {} transitions do not fit in a buffer of capacity {}",
                    options.batch, options.capacity));
  return options;
}

Activation output_of(const Space& actions) {
  const bool bounded = std::ranges::all_of(
      actions, [](const Coordinate& u) { return std::isfinite(u.low) && std::isfinite(u.high); });
  return bounded ? Activation::tanh : Activation::linear;
}

/// From bound to bound where there are bounds, whatever its usual size is.
InputScaling action_scaling(Coordinate u) {
  if (std::isfinite(u.low) && std::isfinite(u.high)) u.scale = 0;
  return input_scaling(u, InputScale::centred);
}

Network<float> actor_network(const Problem& problem, std::size_t inputs,
                             const DeepDpgOptions& options, Rng& rng) {
  const Space& actions = problem.continuous->action;
  return Network<float>(network_shape(inputs, options.network, actions.size(), output_of(actions)),
                        options.network.start, rng, options.head);
}

Network<float> critic_network(std::size_t inputs, const DeepDpgOptions& options, Rng rng) {
  return Network<float>(network_shape(inputs, options.network, 1), options.network.start, rng);
}

/// Against the gradient, which is at most so long. Throws Diverged where it is not finite.
void descend(Network<float>& network, Optimizer<float>& optimizer, std::span<float> gradient,
             double most, double alpha) {
  if (!std::isfinite(clip_norm(gradient, most))) throw Diverged("the gradient is not finite");
  optimizer.step(network.parameters(), gradient, alpha);
}

}  // namespace

// ---- mu(s; theta) -------------------------------------------------------------------------------

NetworkActor::NetworkActor(const Problem& problem, const DeepDpgOptions& options, Rng rng)
    : inputs_(problem, options.inputs),
      actions_(problem.continuous->action),
      network_(actor_network(problem, inputs_.size(), options, rng)),
      x_(inputs_.size()) {
  for (const Coordinate& u : actions_) scaling_.push_back(action_scaling(u));
}

Point NetworkActor::by(const Network<float>& network, const Point& s) const {
  inputs_.write(s, x_.data(), 1);
  const std::span<const float> y = network.forward(x_, tape_);
  Point u;
  for (std::size_t i = 0; i < scaling_.size(); ++i)
    u.append(std::clamp(scaling_[i].middle + static_cast<double>(y[i]) / scaling_[i].factor,
                        actions_[i].low, actions_[i].high));
  return u;
}

Point NetworkActor::noisy(const Point& s, double sd, Rng& rng) const {
  Point u = (*this)(s);
  for (std::size_t i = 0; i < u.size(); ++i)
    u[i] = std::clamp(u[i] + sd / scaling_[i].factor * rng.normal(), actions_[i].low,
                      actions_[i].high);
  return u;
}

void NetworkActor::write_action(const Point& u, float* x, std::size_t stride) const {
  for (std::size_t i = 0; i < u.size(); ++i) x[i * stride] = static_cast<float>(scaling_[i](u[i]));
}

std::span<const double> NetworkActor::shown() const {
  shown_.assign(network_.parameters().begin(), network_.parameters().end());
  return shown_;
}

std::vector<PolicyNumber> NetworkActor::numbers(const Point& s) const {
  return policy_numbers((*this)(s));
}

// ---- the learner --------------------------------------------------------------------------------

DeepDpg::DeepDpg(const Problem& problem, const Options& options, const Rng& rng)
    : LearnedPolicy(problem, NetworkActor(problem, checked(options), rng.split("actor"))),
      options_(options),
      gamma_(problem.gamma),
      critic_(critic_network(policy_.inputs().size() + problem.continuous->action.size(), options,
                             rng.split("critic"))),
      actor_target_(policy_.network()),
      critic_target_(critic_),
      actor_optimizer_(OptimizerKind::adam, policy_.network().parameters().size()),
      critic_optimizer_(OptimizerKind::adam, critic_.parameters().size()),
      n_step_(options.n_step, problem.gamma),
      replay_(static_cast<std::size_t>(options.capacity), replay_shape(problem)),
      alpha_(shared_step_size("alpha", options.alpha), 0),
      alpha_w_(shared_step_size("alpha_w", options.alpha_w), 0),
      noise_(shared_step_size("noise", options.noise), 0) {}

Point DeepDpg::start(const Point& s, Rng& rng) {
  for (StepSize* clock : {&alpha_, &alpha_w_, &noise_}) clock->begin_episode();
  n_step_.begin_episode();
  policy_.inputs().observe(s);
  return policy_.noisy(s, noise_.next(0), rng);
}

Point DeepDpg::step(const Lived& t, Rng& rng) {
  learn(t, rng);
  return t.terminated || t.truncated ? Point{} : policy_.noisy(t.next, noise_.next(0), rng);
}

void DeepDpg::learn(const Lived& t, Rng& rng) {
  trace_.begin_step();
  policy_.inputs().observe(t.next);
  n_step_.add(t, [&](const Experience<Point, Point>& e) { replay_.add(e); });
  ++steps_;
  if (steps_ > options_.learn_from && replay_.size() >= static_cast<std::size_t>(options_.batch))
    update(t, rng);
}

void DeepDpg::update(const Lived& t, Rng& rng) {
  draw(rng);
  const double alpha = alpha_.next(0);
  Update u{-1, -1, t.reward, -1, gamma_, 0, 0, 0, alpha, 0, 0};
  u.planned = true;
  if (trace_.enabled()) tell_error(t, u);
  improve_critic(targets(), alpha_w_.next(0));
  change_policy(t.state, u, [&] { improve_actor(alpha); });
  const auto tau = static_cast<float>(options_.target_tau);
  actor_target_.approach(policy_.network(), tau);
  critic_target_.approach(critic_, tau);
}

/// What the step that was just met is worth to the networks before they learn, though they learn
/// from the whole buffer.
void DeepDpg::tell_error(const Lived& t, Update& u) const {
  u.bootstrap =
      t.terminated ? 0 : value_by(critic_target_, t.next, policy_.by(actor_target_, t.next));
  u.target = t.reward + gamma_ * u.bootstrap;
  u.delta = u.target - value(t.state, t.action);
}

void DeepDpg::draw(Rng& rng) {
  const auto size = static_cast<std::size_t>(options_.batch);
  UniformReplay().sample(size, replay_.size(), 0, rng, sample_);
  const std::size_t rows = critic_.shape().inputs;
  for (auto* x : {&batch_.now, &batch_.next}) x->resize(rows * size);
  batch_.reward.resize(size);
  batch_.discount.resize(size);
  for (std::size_t k = 0; k < size; ++k) {
    const Experience<Point, Point> e = replay_[sample_.place[k]];
    policy_.inputs().write(e.state, batch_.now.data() + k, size);
    policy_.inputs().write(e.next, batch_.next.data() + k, size);
    policy_.write_action(e.action, action_rows(batch_.now).data() + k, size);
    batch_.reward[k] = e.reward;
    batch_.discount[k] = e.discount;
  }
}

std::span<float> DeepDpg::action_rows(std::span<float> x) const {
  return x.subspan(policy_.inputs().size() * static_cast<std::size_t>(options_.batch));
}

std::vector<double> DeepDpg::targets() {
  const std::span<float> mu = action_rows(batch_.next);
  const std::size_t of_states = batch_.next.size() - mu.size();
  std::ranges::copy(actor_target_.forward(std::span(batch_.next).first(of_states), actor_tape_),
                    mu.begin());
  const std::span<const float> q = critic_target_.forward(batch_.next, critic_tape_);
  std::vector<double> target = batch_.reward;
  for (std::size_t k = 0; k < target.size(); ++k)
    target[k] += batch_.discount[k] * static_cast<double>(q[k]);
  return target;
}

void DeepDpg::improve_critic(std::span<const double> target, double alpha) {
  const std::span<const float> q = critic_.forward(batch_.now, critic_tape_);
  const auto n = static_cast<double>(q.size());
  slope_.resize(q.size());
  for (std::size_t k = 0; k < q.size(); ++k)
    slope_[k] = static_cast<float>(2 * (static_cast<double>(q[k]) - target[k]) / n);
  gradient_.resize(critic_.parameters().size());
  critic_.backward(slope_, critic_tape_, gradient_);
  descend(critic_, critic_optimizer_, gradient_, options_.gradient_norm, alpha);
}

void DeepDpg::improve_actor(double alpha) {
  Network<float>& actor = policy_.network();
  const std::span<float> u = action_rows(batch_.now);
  const std::size_t of_states = batch_.now.size() - u.size();
  std::ranges::copy(actor.forward(std::span(batch_.now).first(of_states), actor_tape_), u.begin());
  const std::span<const float> q = critic_.forward(batch_.now, critic_tape_);
  slope_.assign(q.size(), -1 / static_cast<float>(q.size()));  // of minus the mean of q
  by_input_.resize(batch_.now.size());
  critic_.backward(slope_, critic_tape_, {}, by_input_);
  gradient_.resize(actor.parameters().size());
  actor.backward(action_rows(by_input_), actor_tape_, gradient_);
  descend(actor, actor_optimizer_, gradient_, options_.gradient_norm, alpha);
}

double DeepDpg::value_by(const Network<float>& critic, const Point& s, const Point& u) const {
  detail::AlignedVector<float> x(critic.shape().inputs);
  policy_.inputs().write(s, x.data(), 1);
  policy_.write_action(u, x.data() + policy_.inputs().size(), 1);
  return static_cast<double>(critic.forward(x, critic_tape_)[0]);
}

}  // namespace rl
