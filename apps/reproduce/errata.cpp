#include "apps/reproduce/errata.hpp"

#include <array>

namespace rl::reproduce {

namespace {

constexpr auto kErrata = std::to_array<Erratum>({
    {"mfrl.ch3.fig3.4?.optimal_actions",
     "the figure draws one arrow a state; where several actions are best it shows one of them"},
    {"mfrl.ch4.fig4.4.v_final",
     "the figure gets here at its tenth policy; the policies between depend on how ties are "
     "broken, which the book does not say"},
    {"mfrl.ch5.fig5.4.*", "episodes of L rewards, converged: the best return of L steps"},
    {"mfrl.ch5.fig5.5.exact_iterates",
     "Fig 5.5(c) is iterate 2, not yet the best epsilon-greedy policy that the text calls it"},
    {"mfrl.ch5.fig5.6.*.as_stated",
     "by the rule of the book's text: a bump costs r_boundary alone; the printed table has another "
     "rule"},
    {"mfrl.ch5.fig5.7.*.as_stated",
     "by the rule of the book's text: a bump costs r_boundary alone; the printed table has another "
     "rule"},
    {"mfrl.ch5.fig5.6.*.printed",
     "the printed numbers need a rule that the text does not have: a bump from the forbidden s22 "
     "costs r_boundary + r_forbidden"},
    {"mfrl.ch5.fig5.7.*.printed",
     "the printed numbers need a rule that the text does not have: a bump from the forbidden s22 "
     "costs r_boundary + r_forbidden"},
    {"mfrl.ch5.fig5.7.*.greedy_actions", "the same under both rules for bumps"},
    {"mfrl.ch5.fig5.8h.peak",
     "the text names the policy of Fig 5.6(d); the plotted visits are those of Fig 5.5(b)'s"},
    {"mfrl.ch5.fig5.8d.uniform_visits",
     "of the 125 counts the one farthest from the expected 8,000; the figure's lie in 7,660 .. "
     "8,280"},
    {"mfrl.ch6.fig6.3.diverges_as_stated",
     "with w1 = 0 and a_k = 1/k as printed the iterates explode; the figure's first step needs a_1 "
     "near 0.4"},
    {"mfrl.ch6.rm_cubic_damped", "Figure 6.3 with a_k = 1/(k + 2), where it converges"},
    {"mfrl.ch7.fig7.2.optimal_path",
     "over cells that are not forbidden, undiscounted; the book gives no gamma for this figure"},
    {"mfrl.ch8.fig8.6.values",
     "this table follows the text's rule for bumps (r_boundary alone, from s22 too), unlike Fig "
     "5.6 and 5.7"},
    {"mfrl.fig8.11.dqn_rmse",
     "the book gives no optimiser, rate, target period or start. Chosen: Adam with 0.01, tanh, "
     "first weights uniform in +-15 / sqrt(inputs), 20 batches an iteration, a copy to the target "
     "network every 50. One run, as the figure is; of ten the medians are 8.4, 3.1, 0.2, 0.16, and "
     "one whose episode misses a pair ends with an error of 18"},
    {"mfrl.fig8.12.dqn_100_steps",
     "the same choices as for Fig 8.11; compared is that the error stays above 1, for 100 steps do "
     "not show every pair, and what the network says of the others is chance"},
    {"sb.ex4.1.k2", "the book prints -1.7 for -1.75"},
    {"sb.ex4.1.k3", "the book prints -2.4 for -2.4375"},
    {"sb.ex4.1.sweeps", "the last sweep counts; a public script prints one less"},
    {"sb.ex4.2.truncated11",
     "not the book's problem: public code cuts the Poisson sums at 11 terms, which loses 4 % of "
     "the value and changes 11 of 441 actions"},
    {"sb.ex4.3.gambler_policy_smallest",
     "Figure 4.3 draws one of many optimal policies; this one takes the smallest best stake"},
    {"sb.ex5.4.target_state_value",
     "the book's -0.27726 is the mean of 10^8 simulated episodes, with a standard error near 1e-4"},
    {"sb.fig5.2.policy",
     "the closest call, 12 without ace against a 4, is worth 0.0025: sampling hardly settles it"},
    {"sb.ex6.6.cliff",
     "a step into the cliff costs 100 and leads to the start; it does not end the episode"},
    {"sb.ex13.1.corridor",
     "every step pays -1, the last one too; a public simulator pays 0 for it, and its returns are "
     "1 too high"},
    {"gym.cliffwalking",
     "the goal is terminal, as the flag says; planning on the published table without it follows "
     "its moves out of the goal"},
    {"gym.frozenlake4x4",
     "the registered threshold names 0.74 as the optimum: it is that of 100 steps, the last "
     "number"},
    {"gym.frozenlake8x8",
     "the registered threshold names 0.91 as the optimum: it is that of 200 steps, the last "
     "number"},
    {"gym.taxi", "the registered 'optimum 8.46' is not the mean over the 300 starts"},
});

}  // namespace

std::span<const Erratum> errata() { return kErrata; }

bool fits(std::string_view pattern, std::string_view id) {
  if (pattern.empty()) return id.empty();
  if (pattern.front() == '*')
    return fits(pattern.substr(1), id) || (!id.empty() && fits(pattern, id.substr(1)));
  return !id.empty() && (pattern.front() == '?' || pattern.front() == id.front()) &&
         fits(pattern.substr(1), id.substr(1));
}

std::string note_for(std::string_view id) {
  std::string notes;
  for (const Erratum& erratum : kErrata)
    if (fits(erratum.ids, id)) notes += (notes.empty() ? "" : "; ") + std::string(erratum.note);
  return notes;
}

}  // namespace rl::reproduce
