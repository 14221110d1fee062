#include "envs/grid_world/map_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>
#include <vector>

#include "rl/json_text.hpp"
#include "rl/text.hpp"

namespace rl {

using nlohmann::json;

namespace {

const std::vector<std::string> kKeys = {
    "map",       "legend",          "rewards", "slip",
    "slip_kind", "forbidden",       "target",  "bump_from_forbidden",
    "wind",      "stochastic_wind", "start",   "actions",
    "gamma",     "episode_steps"};
const std::vector<std::string> kRewards = {"boundary", "forbidden", "target", "other"};

enum class TargetRule : int { absorb, pay };

/// What a file says beside the map and the rules, in the words of a file.
struct FileOptions {
  TargetRule target = TargetRule::pay;
  int actions = 5;
  double gamma = GridWorld{}.gamma;
  std::int64_t episode_steps = kNoLimit;

  template <class Visitor>
  void visit(Visitor& v) {
    v("target", target, "reaching the target ends the episode, or it pays on",
      Choices{"absorb", "pay"});
    v("actions", actions, "4, 5, 8 or 9", Range{4, 9});
    v("gamma", gamma, "discount rate", Range{0, 1});
    v("episode_steps", episode_steps, "an episode is truncated after so many", Range{1, 9e18});
  }
};

json one_option(const std::string& name, const json& value) {
  json options = json::object();
  options[name] = value;
  return options;
}

class MapFileReader {
  [[noreturn]] void fail(const TextPlace& place, const std::string& what) const {
    throw std::invalid_argument(at_place(file_name_, place, what));
  }

  /// What `f` returns; its errors get the place of `path`.
  template <class F>
  auto placed(const std::string& path, F&& f) const {
    try {
      return f();
    } catch (const std::invalid_argument& e) {
      fail(places_.of(path), e.what());
    }
  }

 public:
  MapFileReader(std::string_view text, const std::string& file_name)
      : file_name_(file_name), json_(parse_json(text, file_name, &places_)) {}

  GridWorld read() {
    check_keys();
    GridWorld world;
    world.rules = rules();
    world.map = map();
    const auto options = part<FileOptions>({"target", "actions", "gamma", "episode_steps"});
    world.rules.target_terminates = options.target == TargetRule::absorb;
    world.moves = placed("actions", [&] { return standard_moves(options.actions); });
    world.gamma = options.gamma;
    world.episode_steps = options.episode_steps;
    check_map(world.map, needs_of(world), place_of_cell());
    placed(json_.contains("wind") ? "wind" : "stochastic_wind", [&] { check_wind(world); });
    placed("slip_kind", [&] { check_slip(world.rules); });
    return world;
  }

 private:
  void check_keys() const {
    if (!json_.is_object())
      fail({1, 1}, "expected an object with a \"map\", as in {\"map\": [...]}");
    for (const auto& item : json_.items())
      if (std::find(kKeys.begin(), kKeys.end(), item.key()) == kKeys.end())
        fail(places_.key(item.key()), unknown_name("key", clipped(item.key()), kKeys));
    if (!json_.contains("map")) fail({1, 1}, "no key 'map'; expected {\"map\": [\"S..\", ...]}");
  }

  /// Those options of a struct that stand in the file under these names.
  template <class Options>
  Options part(const std::vector<std::string>& names, Options options = {}) const {
    for (const std::string& name : names)
      if (json_.contains(name))
        options =
            placed(name, [&] { return parse<Options>(one_option(name, json_.at(name)), options); });
    return options;
  }

  GridRules rules() const {
    GridRules rules = part<GridRules>({"slip", "slip_kind", "forbidden", "bump_from_forbidden",
                                       "wind", "stochastic_wind", "start"});
    if (!json_.contains("rewards")) return rules;
    const json& rewards = json_.at("rewards");
    if (!rewards.is_object())
      fail(places_.of("rewards"), "expected an object with the keys " + join(kRewards));
    for (const auto& item : rewards.items()) {
      const std::string path = "rewards/" + item.key();
      if (std::find(kRewards.begin(), kRewards.end(), item.key()) == kRewards.end())
        fail(places_.key(path), unknown_name("reward", clipped(item.key()), kRewards));
      rules = placed(path, [&] {
        return parse<GridRules>(one_option("r_" + item.key(), item.value()), rules);
      });
    }
    return rules;
  }

  CellType cell_type(const std::string& letter, const json& meaning) const {
    const TextPlace place = places_.of("legend/" + letter);
    if (letter.size() != 1)
      fail(places_.key("legend/" + letter),
           fmt::format("'{}' is not one ASCII letter", clipped(letter)));
    const std::string expected = "expected a kind of cell or {\"kind\": ..., \"reward\": number}";
    CellType type{letter[0], CellKind::free};
    if (!meaning.is_string() && !meaning.is_object()) fail(place, expected);
    const json kind = meaning.is_string() ? meaning : meaning.value("kind", json("free"));
    if (!kind.is_string()) fail(place, expected);
    type.kind =
        placed("legend/" + letter, [&] { return parse_cell_kind(kind.get<std::string>()); });
    if (meaning.is_string()) return type;
    for (const auto& item : meaning.items()) {
      if (item.key() != "kind" && item.key() != "reward")
        fail(place,
             unknown_name("key", clipped(item.key()), std::vector<std::string>{"kind", "reward"}));
      if (item.key() == "kind") continue;
      if (!item.value().is_number()) fail(place, expected);
      type.reward = item.value().get<double>();
    }
    return type;
  }

  Legend legend() const {
    Legend legend = default_legend();
    if (!json_.contains("legend")) return legend;
    const json& letters = json_.at("legend");
    if (!letters.is_object())
      fail(places_.of("legend"), "expected an object of letters, as in {\"g\": \"target\"}");
    for (const auto& item : letters.items())
      set_letter(legend, cell_type(item.key(), item.value()));
    return legend;
  }

  GridMap map() {
    json& rows = json_.at("map");
    if (!rows.is_array())
      fail(places_.of("map"), "expected a list of rows, as in [\"S..\", \"..T\"]");
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (!rows[i].is_string())
        fail(places_.of("map"), fmt::format("row {} of the map is {}; expected a text of letters",
                                            i + 1, clipped(rows[i].dump())));
      rows_.push_back(std::move(rows[i].get_ref<std::string&>()));
    }
    return parse_map(rows_, legend(), place_of_cell());
  }

  /// A row's place in the file is that of its closing quote.
  PlaceOfCell place_of_cell() const {
    return [this](int row, int col) {
      TextPlace place = places_.of("map");
      if (const auto i = static_cast<std::size_t>(row); i < rows_.size()) {
        place = places_.elements.at("map").at(i);
        const std::size_t from_end = rows_[i].size() - static_cast<std::size_t>(col);
        place.column -= std::min(place.column - 1, from_end);
      }
      return fmt::format("{}:{}:{}", file_name_, place.line, place.column);
    };
  }

  const std::string& file_name_;
  JsonPlaces places_;
  json json_;
  std::vector<std::string> rows_;
};

}  // namespace

GridWorld read_map_json(std::string_view text, const std::string& file_name) {
  return MapFileReader(text, file_name).read();
}

}  // namespace rl
