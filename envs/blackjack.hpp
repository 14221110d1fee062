#pragma once
/// \file
/// Blackjack against a dealer with a fixed rule (S&B Example 5.1), as an exact finite model: the
/// deck is infinite, so cards are drawn independently and a state is what the player sees.
///
/// Cards       1 .. 9 with probability 1/13 each, 10 with 4/13. An ace counts 11 wherever that does
///             not bust ("usable"), else 1; a hand that passes 21 with a usable ace drops 10.
/// States      (player's sum, usable ace, dealer's showing card 1 .. 10 with 1 the ace), with sums
///             4 .. 21 without and 12 .. 21 with a usable ace. Number 10 hand + card - 1, where
///             hand counts the sums without, then those with a usable ace. Where naturals matter, a
///             two-card 21 is one more hand. The last state is the end. See blackjack_state.
/// Actions     0 stick, 1 hit.
/// Dealer      has the showing card and a hidden one, draws below 17 and stands from 17 on, soft 17
///             too. The distribution of the dealer's result is computed, not sampled.
/// Reward      0 for a hit, but -1 at once for a bust; on stick +1 where the dealer busts or has
///             less, 0 where equal, -1 where more.
/// Rules       no_naturals: a two-card 21 pays like any 21 (the book's figures). sab: the player's
///             natural pays +1 unless the dealer has one too, then 0; a dealer's natural against
///             another 21 is a draw. natural: a natural that wins pays 1.5. Both pay on stick.
/// Terminal    the end. gamma 1. No limit on an episode; every policy ends.
/// Start       two cards for the player, one for the dealer, drawn independently: sums from 4 on.
///             The book shows 12 .. 21: below 12 a hit cannot bust and every sensible policy hits.
/// Ties        none; the smallest gap of optimal play is 0.0025, at 12 without an ace against a 4.
/// Source      S&B 5.1; Gymnasium 1.4.0 Blackjack-v1 for the rules sab (its registered default) and
///             natural. Its observation is in the order (sum, dealer's card, usable ace).
#include <array>

#include "rl/options.hpp"
#include "rl/registry.hpp"

namespace rl {

struct BlackjackOptions {
  enum class Rules : int { no_naturals, sab, natural };
  Rules rules = Rules::no_naturals;

  template <class Visitor>
  void visit(Visitor& v) {
    v("rules", rules, "what a two-card 21 is worth", Choices{"no_naturals", "sab", "natural"});
  }
};

Problem blackjack(const BlackjackOptions& options = {}, const WorldContext& context = {});

/// The state's number. Requires a sum of 4 .. 21 (12 .. 21 with a usable ace) and a card 1 .. 10.
State blackjack_state(int sum, bool usable_ace, int dealer_card);
/// Where naturals matter: ace and ten as the player's first two cards.
State blackjack_natural_state(int dealer_card);

/// How the dealer ends, given the showing card.
struct DealerResult {
  std::array<double, 5> probability{};  ///< of 17, 18, 19, 20, 21
  double bust = 0;
  double natural = 0;  ///< part of probability[4]: 21 with two cards

  /// Probability of exactly `sum`; 0 below 17.
  double exactly(int sum) const;
};
DealerResult blackjack_dealer(int card);

}  // namespace rl
