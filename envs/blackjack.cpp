#include "envs/blackjack.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "envs/looks.hpp"

namespace rl {

namespace {

using Rules = BlackjackOptions::Rules;

constexpr int kBlackjack = 21;
constexpr int kDealerStands = 17;
constexpr int kCards = 10;  // 1 .. 10
constexpr int kAce = 1;
constexpr int kLowestHard = 4;
constexpr int kLowestSoft = 12;
constexpr int kHardHands = kBlackjack - kLowestHard + 1;
constexpr int kSoftHands = kBlackjack - kLowestSoft + 1;
constexpr int kHands = kHardHands + kSoftHands;

struct Hand {
  int sum = 0;
  bool usable_ace = false;
  bool bust() const { return sum > kBlackjack; }
};

Hand with_card(Hand hand, int card) {
  hand.sum += card;
  if (card == kAce && hand.sum + 10 <= kBlackjack) {
    hand.sum += 10;
    hand.usable_ace = true;
  }
  if (hand.bust() && hand.usable_ace) {
    hand.sum -= 10;
    hand.usable_ace = false;
  }
  return hand;
}

/// Calls f(card, probability) for each card.
template <class F>
void for_each_card(F&& f) {
  for (int card = 1; card <= kCards; ++card) f(card, card == 10 ? 4.0 / 13 : 1.0 / 13);
}

void play_dealer(Hand hand, int cards, double probability, DealerResult& result) {
  if (hand.bust()) {
    result.bust += probability;
  } else if (hand.sum >= kDealerStands) {
    result.probability[static_cast<std::size_t>(hand.sum - kDealerStands)] += probability;
    if (hand.sum == kBlackjack && cards == 2) result.natural += probability;
  } else {
    for_each_card([&](int card, double p) {
      play_dealer(with_card(hand, card), cards + 1, probability * p, result);
    });
  }
}

State state_of(const Hand& hand, int dealer_card) {
  return blackjack_state(hand.sum, hand.usable_ace, dealer_card);
}

class Table {
 public:
  explicit Table(Rules rules) : rules_(rules) {
    for (int card = 1; card <= kCards; ++card) dealer_[index(card - 1)] = blackjack_dealer(card);
    for (int usable = 0; usable <= 1; ++usable)
      for (int sum = usable == 0 ? kLowestHard : kLowestSoft; sum <= kBlackjack; ++sum)
        hands_.push_back({sum, usable == 1});
    if (naturals()) hands_.push_back({kBlackjack, true});
  }

  bool naturals() const { return rules_ != Rules::no_naturals; }
  State end() const { return kCards * static_cast<State>(hands_.size()); }
  void fill(State s, Action a, std::vector<Outcome>& row) const {
    const Hand hand = hands_[index(s / kCards)];
    const int card = s % kCards + 1;
    if (a == 1)
      hit(hand, card, row);
    else
      stick(hand, s / kCards == kHands, dealer_[index(card - 1)], row);
  }

 private:
  void hit(const Hand& hand, int dealer_card, std::vector<Outcome>& row) const {
    int busts = 0;  // cards of thirteen
    for_each_card([&](int card, double p) {
      const Hand next = with_card(hand, card);
      if (next.bust())
        busts += card == 10 ? 4 : 1;
      else
        row.push_back({p, 0, state_of(next, dealer_card)});
    });
    if (busts > 0) row.push_back({busts / 13.0, -1, end()});
  }

  void stick(const Hand& hand, bool natural, const DealerResult& dealer,
             std::vector<Outcome>& row) const {
    double draw = dealer.exactly(hand.sum);
    double lose = 0;
    for (int sum = std::max(hand.sum + 1, kDealerStands); sum <= kBlackjack; ++sum)
      lose += dealer.exactly(sum);
    if (natural && rules_ == Rules::sab) draw = dealer.natural;
    const double win = 1 - draw - lose;
    row.push_back({win, natural && rules_ == Rules::natural ? 1.5 : 1.0, end()});
    if (draw > 0) row.push_back({draw, 0, end()});
    if (lose > 0) row.push_back({lose, -1, end()});
  }

  Rules rules_;
  std::vector<Hand> hands_;
  std::array<DealerResult, kCards> dealer_;
};

/// Probabilities of the deal: two cards for the player, one for the dealer.
std::vector<double> start_of(const Table& table) {
  std::vector<double> start(static_cast<std::size_t>(table.end()) + 1, 0);
  for_each_card([&](int first, double p_first) {
    for_each_card([&](int second, double p_second) {
      const Hand hand = with_card(with_card({}, first), second);
      for_each_card([&](int dealer_card, double p_dealer) {
        const State s = table.naturals() && hand.sum == kBlackjack
                            ? blackjack_natural_state(dealer_card)
                            : state_of(hand, dealer_card);
        start[static_cast<std::size_t>(s)] += p_first * p_second * p_dealer;
      });
    });
  });
  return start;
}

std::string card_name(int card) { return card == kAce ? "A" : std::to_string(card); }

/// Hands first .. last of the numbering, the highest sum on top, by the dealer's card.
Panel panel_of(std::string title, int first, int last, int lowest_sum) {
  const int rows = last - first + 1;
  Panel panel{std::move(title), rows, kCards, {}, plain_marks(rows, kCards)};
  for (int hand = last; hand >= first; --hand) {
    panel.row_labels.push_back(std::to_string(lowest_sum + hand - first));
    for (int card = 1; card <= kCards; ++card) panel.state.push_back(kCards * hand + card - 1);
  }
  for (int card = 1; card <= kCards; ++card) panel.col_labels.push_back(card_name(card));
  return panel;
}

Picture picture_of(const Table& table) {
  Picture picture;
  picture.panels.push_back(
      panel_of("usable ace: player's sum by dealer's card", kHardHands, kHands - 1, kLowestSoft));
  picture.panels.push_back(
      panel_of("no usable ace: player's sum by dealer's card", 0, kHardHands - 1, kLowestHard));
  if (table.naturals())
    picture.panels.push_back(panel_of("natural: ace and ten", kHands, kHands, kBlackjack));
  picture.actions = {{"stick", "s", 's'}, {"hit", "H", 'H'}};
  for (State s = 0; s < table.end(); ++s) {
    const int hand = s / kCards;
    const bool soft = hand >= kHardHands;
    const int sum = soft ? kLowestSoft + hand - kHardHands : kLowestHard + hand;
    const std::string mine =
        hand == kHands ? "natural" : fmt::format("{}{}", sum, soft ? " usable ace" : "");
    picture.state_names.push_back(fmt::format("{} against {}", mine, card_name(s % kCards + 1)));
  }
  picture.state_names.emplace_back("end");
  return picture;
}

}  // namespace

State blackjack_state(int sum, bool usable_ace, int dealer_card) {
  const int hand = usable_ace ? kHardHands + sum - kLowestSoft : sum - kLowestHard;
  return kCards * hand + dealer_card - 1;
}

State blackjack_natural_state(int dealer_card) { return kCards * kHands + dealer_card - 1; }

double DealerResult::exactly(int sum) const {
  return sum < kDealerStands ? 0 : probability[static_cast<std::size_t>(sum - kDealerStands)];
}

DealerResult blackjack_dealer(int card) {
  DealerResult result;
  play_dealer(with_card({}, card), 1, 1, result);
  return result;
}

Problem blackjack(const BlackjackOptions& options, const WorldContext& context) {
  const Table table(options.rules);
  const auto fill = [&](State s, Action a, std::vector<Outcome>& row) { table.fill(s, a, row); };
  return {.name = "blackjack",
          .model = FiniteMdp(table.end() + 1, 2, fill,
                             {.terminal = {table.end()},
                              .start = start_of(table),
                              .memory_limit = context.memory_limit}),
          .gamma = 1,
          .picture = picture_of(table)};
}

}  // namespace rl
