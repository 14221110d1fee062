#include "apps/rlhf/over_seeds.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/rlhf/seeds_table.hpp"

namespace rl::apps {

TEST_CASE("over seeds: the mean and half of the t interval, none for one seed") {
  const std::vector<double> two = {1, 3};  // s / sqrt(2) = 1, t_1 = 12.706
  const OverSeeds x = over_seeds(two);
  CHECK(x.n == 2);
  CHECK(x.mean == 2);
  CHECK(x.high() == doctest::Approx(14.706).epsilon(1e-4));
  CHECK(x.low() == doctest::Approx(-10.706).epsilon(1e-4));
  CHECK(over_seeds_text(x, true) == "2.00±12.71");
  CHECK(over_seeds_text({2, -1.5, 0.25}, false) == "-1.50+-.25");
  CHECK(over_seeds_text({2, -0.001, 0.25}, false) == "0.00+-.25");
  const std::vector<double> one = {0.5};
  CHECK(over_seeds_text(over_seeds(one), true) == "0.50");
  CHECK(over_seeds_json(over_seeds(one))["low"].is_null());
  CHECK(over_seeds_text(over_seeds({}), true).empty());
  CHECK(band_note(1).empty());
  CHECK(band_note(5) == "mean, 95 % t interval, n = 5");
}

TEST_CASE("over seeds: intervals stand to the right, and are left out where that makes it fit") {
  const std::vector<std::vector<std::string>> rows = {
      {"gold", "1", "0.5"}, {"dpo", "0.38±.04", "-1.54±.57"}, {"exact", "0.56", "1.03"}};
  CHECK(table_width(rows) == 5 + 2 + 8 + 2 + 9);
  CHECK(seeds_table(rows, 26) ==
        "gold          1        0.5\n"
        "dpo    0.38±.04  -1.54±.57\n"
        "exact      0.56       1.03\n");
  CHECK(seeds_table(rows, 25) ==
        "gold      1    0.5\n"
        "dpo    0.38  -1.54\n"
        "exact  0.56   1.03\n"
        "(intervals need 26\ncolumns)\n");
  // Too narrow for either: blocks have room for intervals.
  CHECK(seeds_table(rows, 17).starts_with("dpo\n  1: 0.38±.04\n"));
  CHECK(seeds_table({{"gold", "1"}, {"dpo", "0.38+-.04"}}, 12) ==
        "gold     1\ndpo   0.38\n(intervals\nneed 15\ncolumns)\n");
}

}  // namespace rl::apps
