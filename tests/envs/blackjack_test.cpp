#include "envs/blackjack.hpp"

#include <doctest/doctest.h>

#include <set>
#include <vector>

#include "tests/envs/outcomes.hpp"

using doctest::Approx;
using Rules = rl::BlackjackOptions::Rules;
using tests::probability_of;

namespace {

constexpr rl::Action kStick = 0;
constexpr rl::Action kHit = 1;

rl::State hard(int sum, int dealer) { return rl::blackjack_state(sum, false, dealer); }
rl::State soft(int sum, int dealer) { return rl::blackjack_state(sum, true, dealer); }

rl::FiniteMdp model_of(Rules rules) { return rl::blackjack({.rules = rules}).model; }

}  // namespace

TEST_CASE("blackjack: 18 hands without and 10 with a usable ace against ten cards, and the end") {
  const rl::FiniteMdp model = model_of(Rules::no_naturals);
  CHECK(model.num_states() == 281);
  CHECK(model.terminal(280));
  std::set<rl::State> numbers;
  for (int card = 1; card <= 10; ++card) {
    for (int sum = 4; sum <= 21; ++sum) numbers.insert(hard(sum, card));
    for (int sum = 12; sum <= 21; ++sum) numbers.insert(soft(sum, card));
  }
  CHECK(numbers.size() == 280);
  CHECK(*numbers.begin() == 0);
  CHECK(*numbers.rbegin() == 279);
  CHECK(model_of(Rules::sab).num_states() == 291);
}

TEST_CASE("blackjack: a hit on 20 busts with 12 cards of 13 and costs 1 at once") {
  const rl::FiniteMdp model = model_of(Rules::no_naturals);
  REQUIRE(model.outcomes(hard(20, 10), kHit).size() == 2);
  CHECK(probability_of(model, hard(20, 10), kHit, {hard(21, 10), 0}) == 1.0 / 13);  // the ace is 1
  CHECK(probability_of(model, hard(20, 10), kHit, {280, -1}) == 12.0 / 13);
  CHECK(tests::move_of(model, hard(21, 3), kHit) == tests::Move{280, -1});
}

TEST_CASE("blackjack: an ace counts 11 where that does not bust") {
  const rl::FiniteMdp model = model_of(Rules::no_naturals);
  CHECK(probability_of(model, hard(10, 4), kHit, {soft(21, 4), 0}) == 1.0 / 13);
  CHECK(probability_of(model, hard(11, 4), kHit, {hard(12, 4), 0}) == 1.0 / 13);
  CHECK(probability_of(model, hard(4, 4), kHit, {soft(15, 4), 0}) == 1.0 / 13);
  CHECK(probability_of(model, hard(11, 4), kHit, {hard(21, 4), 0}) == 4.0 / 13);  // a ten
}

TEST_CASE("blackjack: a usable ace saves from a bust once") {
  const rl::FiniteMdp model = model_of(Rules::no_naturals);
  // Soft 18: 3 makes soft 21; 5 makes 23, which is hard 13; a ten hard 18; an ace soft 19.
  CHECK(probability_of(model, soft(18, 6), kHit, {soft(21, 6), 0}) == 1.0 / 13);
  CHECK(probability_of(model, soft(18, 6), kHit, {hard(13, 6), 0}) == 1.0 / 13);
  CHECK(probability_of(model, soft(18, 6), kHit, {hard(18, 6), 0}) == 4.0 / 13);
  CHECK(probability_of(model, soft(18, 6), kHit, {soft(19, 6), 0}) == 1.0 / 13);
  for (int sum = 12; sum <= 21; ++sum)
    CHECK(probability_of(model, soft(sum, 6), kHit, {280, -1}) == 0);
}

TEST_CASE("blackjack: the dealer's results are those published for an infinite shoe") {
  // A. Krigman, Casino City Times, 25 October 2006: 17, 18, 19, 20, 21 without naturals, natural,
  // bust, in per cent with two decimals (cut, not always rounded).
  struct Row {
    int card;
    double percent[7];
  };
  const Row published[] = {
      {7, {36.86, 13.78, 7.86, 7.86, 7.41, 0, 26.23}},
      {8, {12.86, 35.93, 12.86, 6.94, 6.94, 0, 24.47}},
      {9, {12.00, 12.00, 35.08, 12.00, 6.08, 0, 22.84}},
      {10, {11.14, 11.14, 11.14, 34.22, 3.45, 7.69, 21.22}},
      {1, {13.08, 13.08, 13.08, 13.08, 5.39, 30.77, 11.52}},
  };
  for (const Row& row : published) {
    const rl::DealerResult dealer = rl::blackjack_dealer(row.card);
    CAPTURE(row.card);
    for (int sum = 17; sum <= 20; ++sum)
      CHECK(std::abs(100 * dealer.exactly(sum) - row.percent[sum - 17]) < 0.01);
    CHECK(std::abs(100 * (dealer.exactly(21) - dealer.natural) - row.percent[4]) < 0.01);
    CHECK(std::abs(100 * dealer.natural - row.percent[5]) < 0.01);
    CHECK(std::abs(100 * dealer.bust - row.percent[6]) < 0.01);
  }
}

TEST_CASE("blackjack: the dealer's results sum to 1 for every card, naturals come from 1 and 10") {
  for (int card = 1; card <= 10; ++card) {
    const rl::DealerResult dealer = rl::blackjack_dealer(card);
    double sum = dealer.bust;
    for (const double p : dealer.probability) sum += p;
    CHECK(sum == Approx(1).epsilon(1e-13));
    CHECK(dealer.natural == (card == 1 ? 4.0 / 13 : card == 10 ? 1.0 / 13 : 0));
  }
}

TEST_CASE("blackjack: sticking wins what the dealer busts or stays below, equal sums draw") {
  const rl::FiniteMdp model = model_of(Rules::no_naturals);
  const rl::DealerResult seven = rl::blackjack_dealer(7);
  // 12 against 7: the dealer has 17 or more unless bust.
  CHECK(probability_of(model, hard(12, 7), kStick, {280, 1}) == Approx(seven.bust));
  CHECK(probability_of(model, hard(12, 7), kStick, {280, 0}) == 0);
  // 19 against 7: ahead of 17 and 18, equal to 19, behind 20 and 21.
  CHECK(probability_of(model, soft(19, 7), kStick, {280, 1}) ==
        Approx(seven.bust + seven.exactly(17) + seven.exactly(18)));
  CHECK(probability_of(model, soft(19, 7), kStick, {280, 0}) == seven.exactly(19));
  CHECK(probability_of(model, soft(19, 7), kStick, {280, -1}) ==
        seven.exactly(20) + seven.exactly(21));
  // 21 cannot lose.
  CHECK(probability_of(model, hard(21, 7), kStick, {280, -1}) == 0);
}

TEST_CASE("blackjack: the deal is two cards and the dealer's, and sums to 1") {
  const std::vector<double> start = tests::start_of(model_of(Rules::no_naturals));
  double sum = 0;
  for (const double p : start) sum += p;
  CHECK(sum == Approx(1).epsilon(1e-13));
  const auto of = [&](rl::State s) { return start[static_cast<std::size_t>(s)]; };
  CHECK(of(hard(4, 1)) == Approx(1.0 / 169 / 13));             // 2 and 2
  CHECK(of(hard(20, 10)) == Approx(16.0 / 169 * 4 / 13));      // two tens
  CHECK(of(soft(12, 5)) == Approx(1.0 / 169 / 13));            // two aces
  CHECK(of(soft(21, 5)) == Approx(2 * 4.0 / 169 / 13));        // ace and ten, ten and ace
  CHECK(of(hard(12, 5)) == Approx((2 * 4.0 + 7) / 169 / 13));  // 10+2 twice, 3+9 ... 9+3
  CHECK(of(hard(21, 5)) == 0);
  CHECK(start.back() == 0);
}

TEST_CASE("blackjack, sab: a natural wins but for the dealer's natural, which is a draw") {
  const rl::FiniteMdp model = model_of(Rules::sab);
  const rl::State end = 290;
  const auto natural = [](int card) { return rl::blackjack_natural_state(card); };
  CHECK(tests::move_of(model, natural(5), kStick) == tests::Move{end, 1});
  CHECK(probability_of(model, natural(1), kStick, {end, 0}) == 4.0 / 13);
  CHECK(probability_of(model, natural(1), kStick, {end, 1}) == Approx(9.0 / 13));
  CHECK(probability_of(model, natural(10), kStick, {end, 0}) == 1.0 / 13);
  // A dealer's natural against another 21 is a draw, as in the plain rules.
  CHECK(probability_of(model, soft(21, 1), kStick, {end, 0}) ==
        rl::blackjack_dealer(1).exactly(21));
  // After a hit it is an ordinary hand: ace, ten, ten.
  CHECK(probability_of(model, natural(5), kHit, {hard(21, 5), 0}) == 4.0 / 13);
}

TEST_CASE("blackjack, natural: a natural that wins pays 1.5, and any dealer's 21 draws") {
  const rl::FiniteMdp model = model_of(Rules::natural);
  const rl::State s = rl::blackjack_natural_state(1);
  const double draw = rl::blackjack_dealer(1).exactly(21);
  CHECK(probability_of(model, s, kStick, {290, 1.5}) == Approx(1 - draw));
  CHECK(probability_of(model, s, kStick, {290, 0}) == draw);
  CHECK(probability_of(model, soft(21, 1), kStick, {290, 1}) == Approx(1 - draw));
}

TEST_CASE("blackjack: where naturals matter the deal puts them apart") {
  for (const Rules rules : {Rules::sab, Rules::natural}) {
    const std::vector<double> start = tests::start_of(model_of(rules));
    double natural = 0;
    double soft_21 = 0;
    for (int card = 1; card <= 10; ++card) {
      natural += start[static_cast<std::size_t>(rl::blackjack_natural_state(card))];
      soft_21 += start[static_cast<std::size_t>(soft(21, card))];
    }
    CHECK(natural == Approx(8.0 / 169));
    CHECK(soft_21 == 0);
  }
}

TEST_CASE("blackjack: drawn with and without a usable ace, 21 on top") {
  const rl::Picture picture = rl::blackjack().picture;
  REQUIRE(picture.panels.size() == 2);
  CHECK(picture.panels[0].state[0] == soft(21, 1));
  CHECK(picture.panels[0].state[9 * 10 + 9] == soft(12, 10));
  CHECK(picture.panels[1].state[2 * 10 + 4] == hard(19, 5));
  CHECK(picture.panels[1].row_labels[2] == "19");
  CHECK(picture.panels[1].col_labels[0] == "A");
  CHECK(picture.state_name(soft(13, 2)) == "13 usable ace against 2");
  CHECK(picture.state_name(hard(20, 1)) == "20 against A");
  CHECK(rl::blackjack({.rules = Rules::sab}).picture.panels.size() == 3);
}
