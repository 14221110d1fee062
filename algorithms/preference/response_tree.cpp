#include "algorithms/preference/response_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

#include "algorithms/preference/evaluation.hpp"
#include "algorithms/preference/kl.hpp"

namespace rl {

struct ResponseTree::Tables {
  State num_states = 0;
  Action num_actions = 0;
  bool all_available = true;
  std::vector<State> next;                  // [S x A]
  std::vector<State> parent;                // [S] -1: none
  std::vector<Action> via;                  // [S] the parent's action
  std::vector<std::int32_t> prompt;         // [S] -1: not reached, or terminal
  std::vector<std::int32_t> depth;          // [S] steps before
  Contexts each;                            // each_state
  std::vector<State> start;                 // [X]
  std::vector<double> weight;               // [X]
  std::vector<Response> responses;          // [N]
  std::vector<std::size_t> first_response;  // [X + 1]

  std::size_t columns() const { return static_cast<std::size_t>(num_actions); }
  std::size_t pair(State s, Action a) const { return index(s) * columns() + index(a); }
  void add_step(const FiniteMdp& model, State s, Action a);
  void add_starts(const FiniteMdp& model);
  void follow_prompts();
  void list_responses();
};

/// ln pi / ref, a row for each pair of contexts: where policy and reference share theirs, for each
/// context, else for each state.
struct ResponseTree::LogRatios {
  std::span<const std::int32_t> row_of;  // [S]
  std::vector<double> log_ratio;         // [rows x A]; 0 where pi is 0 or the reference is
  std::vector<double> kl;                // [rows]; +infinity where pi > 0 and the reference is 0
};

namespace {

constexpr double kRuledOut = -std::numeric_limits<double>::infinity();

std::invalid_argument bad_tree_step(State s, Action a, const std::string& why) {
  return std::invalid_argument(fmt::format("response tree: action {} in state {} {}", a, s, why));
}

std::vector<double> tree_probabilities(const PolicyRows& policy) {
  std::vector<double> pi(policy.log_pi.size());
  std::transform(policy.log_pi.begin(), policy.log_pi.end(), pi.begin(),
                 [](double x) { return std::exp(x); });
  return pi;
}

/// sum_a pi(a) r(a), in two halves whose additions do not wait for each other.
double tree_row_mean(const double* pi, const double* r, std::size_t n) {
  double even = 0;
  double odd = 0;
  for (std::size_t a = 0; a + 1 < n; a += 2) {
    even += pi[a] * r[a];
    odd += pi[a + 1] * r[a + 1];
  }
  if (n % 2 == 1) even += pi[n - 1] * r[n - 1];
  return even + odd;
}

/// y += x r
void add_tree_row(double x, const double* __restrict r, double* __restrict y, std::size_t n) {
  for (std::size_t a = 0; a < n; ++a) y[a] += x * r[a];
}

bool same_contexts(const PolicyRows& a, const PolicyRows& b) {
  return a.context.data() == b.context.data() ||
         std::equal(a.context.begin(), a.context.end(), b.context.begin(), b.context.end());
}

void check_tree_beta(double beta, bool positive) {
  if (!(beta >= 0 && std::isfinite(beta)) || (positive && beta == 0))
    throw std::invalid_argument(fmt::format("response tree: beta = {} is not {}", beta,
                                            positive ? "positive" : "a number >= 0"));
}

}  // namespace

// ---- the tree -----------------------------------------------------------------------------------

ResponseTree::ResponseTree(const FiniteMdp& model) {
  auto tables = std::make_shared<Tables>();
  Tables& t = *tables;
  t.num_states = model.num_states();
  t.num_actions = model.num_actions();
  const std::size_t n = index(t.num_states);
  t.next.assign(n * t.columns(), kNoStep);
  t.parent.assign(n, -1);
  t.via.assign(n, -1);
  t.each = each_state(model);
  std::vector<double> rewards(t.next.size(), 0);
  for (State s = 0; s < t.num_states; ++s) {
    if (model.terminal(s)) continue;
    for (Action a = 0; a < t.num_actions; ++a) {
      t.all_available = t.all_available && model.available(s, a);
      if (!model.available(s, a)) continue;
      t.add_step(model, s, a);
      rewards[t.pair(s, a)] = model.row(s, a).reward;
    }
  }
  t.add_starts(model);
  t.follow_prompts();
  t.list_responses();
  tables_ = std::move(tables);
  reward_ = std::make_shared<const std::vector<double>>(std::move(rewards));
}

void ResponseTree::Tables::add_step(const FiniteMdp& model, State s, Action a) {
  const FiniteMdp::Row row = model.row(s, a);
  if (row.size() != 1)
    throw bad_tree_step(s, a, fmt::format("has {} outcomes instead of one", row.size()));
  const State to = row.next(0);
  if (model.terminal(to)) {
    next[pair(s, a)] = kEnds;
    return;
  }
  if (to <= s)
    throw bad_tree_step(s, a,
                        fmt::format("leads to state {}, which has no higher number and is not "
                                    "terminal",
                                    to));
  if (parent[index(to)] >= 0)
    throw bad_tree_step(s, a,
                        fmt::format("leads to state {}, as does action {} in state {}: there must "
                                    "be one way to each state",
                                    to, via[index(to)], parent[index(to)]));
  next[pair(s, a)] = to;
  parent[index(to)] = s;
  via[index(to)] = a;
}

void ResponseTree::Tables::add_starts(const FiniteMdp& model) {
  prompt.assign(index(num_states), -1);
  model.for_each_start([&](State s, double p) {
    if (parent[index(s)] >= 0)
      throw bad_tree_step(parent[index(s)], via[index(s)],
                          fmt::format("leads to state {}, where responses start", s));
    prompt[index(s)] = static_cast<std::int32_t>(start.size());
    start.push_back(s);
    weight.push_back(p);
  });
}

void ResponseTree::Tables::follow_prompts() {
  depth.assign(index(num_states), 0);
  for (std::size_t s = 0; s < parent.size(); ++s)
    if (parent[s] >= 0) {
      prompt[s] = prompt[index(parent[s])];
      depth[s] = depth[index(parent[s])] + 1;
    }
}

void ResponseTree::Tables::list_responses() {
  const auto for_each_end = [&](auto&& f) {
    for (State s = 0; s < num_states; ++s)
      if (const std::int32_t x = prompt[index(s)]; x >= 0)
        for (Action a = 0; a < num_actions; ++a)
          if (next[pair(s, a)] == kEnds) f(index(x), Response{s, a});
  };
  first_response.assign(start.size() + 1, 0);
  for_each_end([&](std::size_t x, const Response&) { ++first_response[x + 1]; });
  for (std::size_t x = 0; x < start.size(); ++x) first_response[x + 1] += first_response[x];
  responses.resize(first_response.back());
  std::vector<std::size_t> at(first_response.begin(), first_response.end() - 1);
  for_each_end([&](std::size_t x, const Response& y) { responses[at[x]++] = y; });
}

ResponseTree ResponseTree::with_reward(std::span<const double> reward) const {
  check_reward(reward);
  const Tables& t = *tables_;
  std::vector<double> rewards(reward.size(), 0);
  for (std::size_t i = 0; i < rewards.size(); ++i) {
    if (t.next[i] == kNoStep) continue;
    if (!std::isfinite(reward[i]))
      throw bad_tree_step(static_cast<State>(i / t.columns()), static_cast<Action>(i % t.columns()),
                          fmt::format("has a reward of {}", reward[i]));
    rewards[i] = reward[i];
  }
  ResponseTree other = *this;
  other.reward_ = std::make_shared<const std::vector<double>>(std::move(rewards));
  return other;
}

State ResponseTree::num_states() const { return tables_->num_states; }
Action ResponseTree::num_actions() const { return tables_->num_actions; }
std::int32_t ResponseTree::num_prompts() const {
  return static_cast<std::int32_t>(tables_->start.size());
}
State ResponseTree::start(std::int32_t prompt) const { return tables_->start[index(prompt)]; }
std::span<const double> ResponseTree::weights() const { return tables_->weight; }
State ResponseTree::next(State s, Action a) const { return tables_->next[tables_->pair(s, a)]; }
std::int32_t ResponseTree::prompt_of(State s) const { return tables_->prompt[index(s)]; }
std::span<const Response> ResponseTree::responses() const { return tables_->responses; }
std::span<const std::size_t> ResponseTree::first_response() const {
  return tables_->first_response;
}
std::int32_t ResponseTree::response_prompt(std::size_t i) const {
  return prompt_of(tables_->responses[i].state);
}
int ResponseTree::response_length(std::size_t i) const {
  return tables_->depth[index(tables_->responses[i].state)] + 1;
}

// ---- what is given ------------------------------------------------------------------------------

void ResponseTree::check_policy_rows(const char* what, const PolicyRows& rows) const {
  const Tables& t = *tables_;
  if (rows.num_actions != t.num_actions || rows.context.size() != index(t.num_states) ||
      rows.log_pi.size() % t.columns() != 0)
    throw std::invalid_argument(
        fmt::format("response tree: the {} is of {} states and {} actions, with {} numbers; the "
                    "tree of {} and {}",
                    what, rows.context.size(), rows.num_actions, rows.log_pi.size(), t.num_states,
                    t.num_actions));
  const std::size_t contexts = rows.log_pi.size() / t.columns();
  std::size_t most = 0;
  for (std::size_t s = 0; s < rows.context.size(); ++s)
    most = std::max(most, t.each.of[s] < 0 ? 0 : static_cast<std::size_t>(rows.context[s]));
  if (most >= contexts)
    throw std::invalid_argument(
        fmt::format("response tree: the {} has {} contexts, and a state that is in none of them",
                    what, contexts));
  if (!t.all_available) check_available(what, rows);
}

void ResponseTree::check_available(const char* what, const PolicyRows& rows) const {
  for (State s = 0; s < num_states(); ++s) {
    if (tables_->each.of[index(s)] < 0) continue;
    for (Action a = 0; a < num_actions(); ++a)
      if (next(s, a) == kNoStep && rows.log_probability(s, a) != kRuledOut)
        throw bad_tree_step(s, a,
                            fmt::format("is not available, but the {} gives it probability {}",
                                        what, std::exp(rows.log_probability(s, a))));
  }
}

void ResponseTree::check_reward(std::span<const double> reward) const {
  if (reward.size() != num_pairs())
    throw std::invalid_argument(fmt::format("response tree: {} rewards of {} states and {} actions",
                                            reward.size(), num_states(), num_actions()));
}

void ResponseTree::check_list(const char* what, std::span<const double> x) const {
  if (x.size() != responses().size())
    throw std::invalid_argument(
        fmt::format("response tree: {} {} of {} responses", x.size(), what, responses().size()));
}

// ---- evaluation ---------------------------------------------------------------------------------

std::vector<double> ResponseTree::visits(const PolicyRows& policy, std::span<const double> pi,
                                         std::span<const double> at_start) const {
  const Tables& t = *tables_;
  const std::size_t n = t.columns();
  std::vector<double> d(index(t.num_states), 0);
  for (std::size_t x = 0; x < t.start.size(); ++x) d[index(t.start[x])] = at_start[x];
  for (std::size_t s = 0; s < d.size(); ++s) {
    const State before = t.parent[s];
    if (before < 0) continue;
    const std::size_t c = index(policy.context[index(before)]);
    d[s] = d[index(before)] * pi[c * n + index(t.via[s])];
  }
  return d;
}

PromptMean ResponseTree::over_prompts(std::vector<double> of_prompt) const {
  PromptMean mean{0, std::move(of_prompt)};
  for (std::size_t x = 0; x < mean.of_prompt.size(); ++x)
    mean.mean += weights()[x] * mean.of_prompt[x];
  return mean;
}

PromptMean ResponseTree::expected_reward(const PolicyRows& policy, std::span<const double> pi,
                                         std::span<const double> d,
                                         std::span<const double> reward) const {
  const Tables& t = *tables_;
  const std::size_t n = t.columns();
  std::vector<double> sum(t.start.size(), 0);
  for (std::size_t s = 0; s < d.size(); ++s)
    if (d[s] > 0)
      sum[index(t.prompt[s])] +=
          d[s] * tree_row_mean(pi.data() + index(policy.context[s]) * n, reward.data() + s * n, n);
  return over_prompts(std::move(sum));
}

PromptMean ResponseTree::evaluate(const PolicyRows& policy, std::span<const double> reward) const {
  check_policy_rows("policy", policy);
  check_reward(reward);
  const std::vector<double> pi = tree_probabilities(policy);
  const std::vector<double> ones(tables_->start.size(), 1);
  return expected_reward(policy, pi, visits(policy, pi, ones), reward);
}

ResponseTree::LogRatios ResponseTree::log_ratios(const PolicyRows& policy,
                                                 std::span<const double> pi,
                                                 const PolicyRows& reference) const {
  const Tables& t = *tables_;
  const std::size_t n = t.columns();
  LogRatios ratios;
  const auto fill = [&](std::size_t row, std::size_t c, std::size_t c_reference) {
    double kl = 0;
    for (std::size_t a = 0; a < n; ++a) {
      const double p = pi[c * n + a];
      if (p <= 0) continue;
      const double log_reference = reference.log_pi[c_reference * n + a];
      const double x = policy.log_pi[c * n + a] - log_reference;
      if (log_reference != kRuledOut) ratios.log_ratio[row * n + a] = x;
      kl += p * x;
    }
    ratios.kl[row] = kl;
  };
  const bool shared = same_contexts(policy, reference);
  ratios.row_of = shared ? policy.context : std::span<const std::int32_t>(t.each.of);
  const std::size_t rows =
      shared ? std::min(pi.size(), reference.log_pi.size()) / n : index(t.each.count);
  ratios.log_ratio.assign(rows * n, 0);
  ratios.kl.assign(rows, 0);
  if (shared)
    for (std::size_t c = 0; c < rows; ++c) fill(c, c, c);
  else
    for (std::size_t s = 0; s < policy.context.size(); ++s)
      if (t.prompt[s] >= 0)
        fill(index(t.each.of[s]), index(policy.context[s]), index(reference.context[s]));
  return ratios;
}

PromptMean ResponseTree::divergence(const LogRatios& ratios, std::span<const double> d) const {
  const Tables& t = *tables_;
  std::vector<double> sum(t.start.size(), 0);
  for (std::size_t s = 0; s < d.size(); ++s)
    if (d[s] > 0) sum[index(t.prompt[s])] += d[s] * ratios.kl[index(ratios.row_of[s])];
  return over_prompts(std::move(sum));
}

void ResponseTree::require_covered(const LogRatios& ratios, std::span<const double> d,
                                   const PolicyRows& policy, const PolicyRows& reference) const {
  const auto infinite = [](double kl) { return kl == -kRuledOut; };
  if (std::none_of(ratios.kl.begin(), ratios.kl.end(), infinite)) return;
  for (State s = 0; s < num_states(); ++s) {
    if (d[index(s)] <= 0 || !infinite(ratios.kl[index(ratios.row_of[index(s)])])) continue;
    Action a = 0;
    while (!(std::exp(policy.log_probability(s, a)) > 0 &&
             reference.log_probability(s, a) == kRuledOut))
      ++a;
    throw bad_tree_step(s, a,
                        fmt::format("has probability 0 in the reference, {} in the policy: the KL "
                                    "divergence is infinite",
                                    std::exp(policy.log_probability(s, a))));
  }
}

ResponseEvaluation ResponseTree::evaluate(const PolicyRows& policy, const PolicyRows& reference,
                                          std::span<const double> reward) const {
  check_policy_rows("policy", policy);
  check_policy_rows("reference", reference);
  check_reward(reward);
  const std::vector<double> ones(tables_->start.size(), 1);
  const std::vector<double> pi = tree_probabilities(policy);
  const std::vector<double> d = visits(policy, pi, ones);
  const LogRatios ratios = log_ratios(policy, pi, reference);
  require_covered(ratios, d, policy, reference);
  ResponseEvaluation result{expected_reward(policy, pi, d, reward), divergence(ratios, d), {}};
  const std::vector<double> ref = tree_probabilities(reference);
  result.kl_forward = divergence(log_ratios(reference, ref, policy), visits(reference, ref, ones));
  return result;
}

// ---- improvement --------------------------------------------------------------------------------

double ResponseTree::gradient(const PolicyRows& policy, const PolicyRows& reference,
                              std::span<const double> reward, double beta,
                              std::span<double> g) const {
  check_policy_rows("policy", policy);
  check_policy_rows("reference", reference);
  check_reward(reward);
  check_tree_beta(beta, false);
  if (g.size() != policy.log_pi.size())
    throw std::invalid_argument(fmt::format("response tree: a gradient of {} numbers for {} ln pi",
                                            g.size(), policy.log_pi.size()));
  const Tables& t = *tables_;
  const std::size_t n = t.columns();
  const std::vector<double> pi = tree_probabilities(policy);
  const std::vector<double> d = visits(policy, pi, t.weight);
  LogRatios ratios = log_ratios(policy, pi, reference);
  if (beta > 0) require_covered(ratios, d, policy, reference);
  for (double& kl : ratios.kl) kl = std::isfinite(kl) ? kl : 0;  // where the policy never is

  // g(c, a) = pi(a | c) sum_s d(s) (r(s, a) + V(s') - beta log_ratio), a sum for each part
  std::fill(g.begin(), g.end(), 0);
  std::vector<double> onwards(g.size(), 0);           // sum_s d(s) V(s')
  std::vector<double> after(index(t.num_states), 0);  // sum_a pi(a | s) V(s')
  std::vector<double> visits_of_row(ratios.kl.size(), 0);
  std::vector<std::int32_t> context_of_row(ratios.kl.size(), 0);
  double value = 0;
  for (std::size_t s = d.size(); s-- > 0;) {
    if (d[s] <= 0) continue;
    const std::size_t c = index(policy.context[s]);
    const std::size_t row = index(ratios.row_of[s]);
    const double* r = reward.data() + s * n;
    visits_of_row[row] += d[s];
    context_of_row[row] = policy.context[s];
    add_tree_row(d[s], r, g.data() + c * n, n);
    const double v = tree_row_mean(pi.data() + c * n, r, n) + (after[s] - beta * ratios.kl[row]);
    if (const State before = t.parent[s]; before >= 0) {
      const std::size_t step = index(policy.context[index(before)]) * n + index(t.via[s]);
      after[index(before)] += pi[step] * v;
      onwards[step] += d[index(before)] * v;
    } else {
      value += d[s] * v;
    }
  }
  for (std::size_t row = 0; row < visits_of_row.size(); ++row)
    add_tree_row(-beta * visits_of_row[row], ratios.log_ratio.data() + row * n,
                 onwards.data() + index(context_of_row[row]) * n, n);
  for (std::size_t i = 0; i < g.size(); ++i) g[i] = pi[i] * (g[i] + onwards[i]);
  return value;
}

TiltedResponses ResponseTree::tilted(const PolicyRows& reference, std::span<const double> reward,
                                     double beta) const {
  check_policy_rows("reference", reference);
  check_reward(reward);
  check_tree_beta(beta, true);
  const Tables& t = *tables_;
  const std::size_t n = t.columns();
  std::vector<double> v(index(t.num_states), 0);
  std::vector<double> log_pi(index(t.each.count) * n, kRuledOut);
  std::vector<double> q(n);
  for (State s = t.num_states - 1; s >= 0; --s) {
    if (t.each.of[index(s)] < 0) continue;
    const double* log_reference = reference.at(s);
    double* log_row = log_pi.data() + index(t.each.of[index(s)]) * n;
    double best = kRuledOut;
    for (std::size_t a = 0; a < n; ++a) {
      if (log_reference[a] == kRuledOut) continue;
      const std::size_t pair = index(s) * n + a;
      q[a] = reward[pair] + (t.next[pair] >= 0 ? v[index(t.next[pair])] : 0);
      log_row[a] = log_reference[a] + q[a] / beta;
      best = std::max(best, log_row[a]);
    }
    double sum = 0;
    for (std::size_t a = 0; a < n; ++a) sum += std::exp(log_row[a] - best);
    const double log_sum = best + std::log(sum);
    for (std::size_t a = 0; a < n; ++a) log_row[a] -= log_sum;
    v[index(s)] = beta * log_sum;
  }
  std::vector<double> at_start;
  for (const State s : t.start) at_start.push_back(v[index(s)]);
  return {FrozenPolicy(PolicyRows{t.num_actions, t.each.of, log_pi}),
          over_prompts(std::move(at_start))};
}

// ---- responses ----------------------------------------------------------------------------------

std::vector<double> ResponseTree::response_probabilities(const PolicyRows& policy) const {
  check_policy_rows("policy", policy);
  const Tables& t = *tables_;
  const std::vector<double> pi = tree_probabilities(policy);
  const std::vector<double> d = visits(policy, pi, std::vector<double>(t.start.size(), 1));
  std::vector<double> p;
  p.reserve(t.responses.size());
  for (const Response& y : t.responses)
    p.push_back(d[index(y.state)] *
                pi[index(policy.context[index(y.state)]) * t.columns() + index(y.action)]);
  return p;
}

std::vector<double> ResponseTree::response_rewards(std::span<const double> reward) const {
  check_reward(reward);
  const Tables& t = *tables_;
  std::vector<double> before(index(t.num_states), 0);  // paid on the way to s
  for (std::size_t s = 0; s < before.size(); ++s)
    if (const State from = t.parent[s]; from >= 0)
      before[s] = before[index(from)] + reward[t.pair(from, t.via[s])];
  std::vector<double> sum;
  sum.reserve(t.responses.size());
  for (const Response& y : t.responses)
    sum.push_back(before[index(y.state)] + reward[t.pair(y.state, y.action)]);
  return sum;
}

PromptMean ResponseTree::mean_over_responses(std::span<const double> pi,
                                             std::span<const double> x) const {
  check_list("probabilities", pi);
  check_list("numbers", x);
  std::vector<double> sum(tables_->start.size(), 0);
  for (std::size_t k = 0; k < sum.size(); ++k)
    for (std::size_t i = first_response()[k]; i < first_response()[k + 1]; ++i)
      sum[k] += pi[i] * x[i];
  return over_prompts(std::move(sum));
}

std::vector<double> ResponseTree::length_distribution(const PolicyRows& policy) const {
  const std::vector<double> p = response_probabilities(policy);
  const Tables& t = *tables_;
  std::vector<double> share;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const auto length = static_cast<std::size_t>(response_length(i));
    if (share.size() <= length) share.resize(length + 1, 0);
    share[length] += t.weight[index(response_prompt(i))] * p[i];
  }
  return share;
}

PromptMean ResponseTree::mean_length(const PolicyRows& policy) const {
  // a state that is visited adds one step
  check_policy_rows("policy", policy);
  const Tables& t = *tables_;
  std::vector<double> sum(t.start.size(), 0);
  const std::vector<double> ones(sum.size(), 1);
  const std::vector<double> d = visits(policy, tree_probabilities(policy), ones);
  for (std::size_t s = 0; s < d.size(); ++s)
    if (d[s] > 0) sum[index(t.prompt[s])] += d[s];
  return over_prompts(std::move(sum));
}

PromptMean ResponseTree::win_rate(const PolicyRows& a, const PolicyRows& b,
                                  std::span<const double> gold) const {
  return win_rate(response_probabilities(a), response_probabilities(b), response_rewards(gold));
}

PromptMean ResponseTree::win_rate(std::span<const double> pi_a, std::span<const double> pi_b,
                                  std::span<const double> gold) const {
  check_list("probabilities", pi_a);
  check_list("probabilities", pi_b);
  check_list("rewards", gold);
  const Tables& t = *tables_;
  std::vector<double> won;
  for (std::size_t x = 0; x < t.start.size(); ++x) {
    const std::size_t first = t.first_response[x];
    const std::size_t n = t.first_response[x + 1] - first;
    won.push_back(
        rl::win_rate(pi_a.subspan(first, n), pi_b.subspan(first, n), gold.subspan(first, n)));
  }
  return over_prompts(std::move(won));
}

BestOfN ResponseTree::best_of_n(const PolicyRows& reference, std::span<const double> proxy,
                                std::span<const double> gold, int n) const {
  const Tables& t = *tables_;
  const std::vector<double> ref = response_probabilities(reference);
  const std::vector<double> score = response_rewards(proxy);
  BestOfN best;
  best.pi.reserve(ref.size());
  std::vector<double> kl;
  for (std::size_t x = 0; x < t.start.size(); ++x) {
    const std::size_t first = t.first_response[x];
    const std::size_t count = t.first_response[x + 1] - first;
    const std::span<const double> ref_here = std::span(ref).subspan(first, count);
    const std::vector<double> pi =
        rl::best_of_n(ref_here, std::span(score).subspan(first, count), n);
    kl.push_back(kl_divergence(pi, ref_here));
    best.pi.insert(best.pi.end(), pi.begin(), pi.end());
  }
  best.kl = over_prompts(std::move(kl));
  best.gold = mean_over_responses(best.pi, response_rewards(gold));
  return best;
}

}  // namespace rl
