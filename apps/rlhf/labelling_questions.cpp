#include "apps/rlhf/labelling_questions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <stdexcept>
#include <utility>

#include "algorithms/preference/segment_sampler.hpp"
#include "apps/experiment.hpp"
#include "apps/rlhf/option_flags.hpp"
#include "apps/rlhf/preference_data.hpp"
#include "rl/random.hpp"

namespace rl::apps {

namespace {

constexpr std::int64_t kMostQuestions = 1'000'000;
constexpr std::int64_t kUsualQuestions = 20;

LabelQuestion question_of_texts(const PreferencePair& pair, const PreferenceWorld* world) {
  LabelQuestion q{pair.prompt, {pair.chosen, std::nullopt}, {pair.rejected, std::nullopt}};
  if (world == nullptr) return q;
  SegmentPair segments = segment_pair(*world, pair);
  q.first.segment = std::move(segments.first);
  q.second.segment = std::move(segments.second);
  return q;
}

ShownSide side_of_segment(Segment segment, const PreferenceWorld* world) {
  if (world != nullptr) {
    require_segment_of(*world, segment);
    fill_in_rewards(*world, segment);
  }
  std::string key = segment_key(segment);
  return {std::move(key), std::move(segment)};
}

LabelQuestion question_of_segments(SegmentPair pair, const PreferenceWorld* world) {
  return {std::string(), side_of_segment(std::move(pair.first), world),
          side_of_segment(std::move(pair.second), world)};
}

/// Which of n stand at the first places of a random order.
std::vector<std::size_t> drawn_places(std::size_t drawn, std::size_t n, Rng rng) {
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t k = 0; k < drawn; ++k) {
    const auto left = static_cast<std::int32_t>(n - k);
    std::swap(order[k], order[k + static_cast<std::size_t>(rng.index(left))]);
  }
  order.resize(drawn);
  return order;
}

class QuestionMaker {
 public:
  QuestionMaker(const Registry& registry, const Arguments& arguments, Console& console)
      : registry_(registry),
        arguments_(arguments),
        console_(console),
        rng_(static_cast<std::uint64_t>(*arguments.integer("seed"))) {
    list_.by_dispute = arguments.given("active");
  }

  LabelQuestions operator()() {
    if (arguments_.operands().empty())
      draw_pairs();
    else
      take_pairs(arguments_.operands().front());
    if (list_.pool.empty()) throw std::invalid_argument("there is nothing to compare");
    list_.num_asked = std::min(list_.num_asked, list_.pool.size());
    repeat_some();
    return std::move(list_);
  }

 private:
  // ---- of a world -------------------------------------------------------------------------------

  void draw_pairs() {
    for (const FlagSpec& flag : key_flags()) refuse(flag.name, "where no file is read");
    list_.world.emplace(preference_world_of(registry_, arguments_));
    const PreferenceWorld& world = *list_.world;
    const bool texts = world.tree() != nullptr;
    list_.format = texts ? DataFormat::pairs : DataFormat::segment_pairs;
    const PairSource draw =
        pair_source(world, data_policy(world, arguments_).policy, arguments_, texts);
    const std::int64_t n = arguments_.integer("num", 1, kMostQuestions).value_or(kUsualQuestions);
    list_.num_asked = static_cast<std::size_t>(n);
    for (SegmentPair& pair : sample_pairs(pool_size(n), draw, rng_.split("pairs"))) {
      pair.preference = 1;  // the first one's text comes first
      list_.pool.push_back(texts ? question_of_texts(text_pair(world, pair), &world)
                                 : question_of_segments(std::move(pair), &world));
    }
    if (list_.by_dispute) keep_each_two_once();
  }

  std::size_t pool_size(std::int64_t n) const {
    if (!list_.by_dispute) return static_cast<std::size_t>(n);
    const double factor = options_from(arguments_, ActiveOptions{}).oversampling;
    const double size = std::ceil(factor * static_cast<double>(n));
    if (size > static_cast<double>(kMostQuestions))
      throw std::invalid_argument(
          fmt::format("--oversampling {:g}: {:g} pairs to choose from; "
                      "at most {}",
                      factor, size, kMostQuestions));
    return static_cast<std::size_t>(size);
  }

  // ---- of a file --------------------------------------------------------------------------------

  void take_pairs(const std::string& path) {
    for (const FlagSpec& flag : drawing_flags()) refuse(flag.name, "on the pairs of a file");
    refuse("oversampling", "on the pairs of a file, which are all there is to choose from");
    const PreferenceData data = read_preference_data(path, arguments_);
    tell_unread_keys(data, console_);
    if (data.format != DataFormat::segment_pairs && data.pairs.empty())
      throw std::invalid_argument(
          fmt::format("{}: holds {}, here pairs are needed", path, format_name(data.format)));
    list_.format = data.format == DataFormat::segment_pairs ? data.format : DataFormat::pairs;
    find_world(data);
    add_pairs(data, list_.world ? &*list_.world : nullptr);
    for (std::size_t i = 0; i < list_.pool.size(); ++i)  // the file's answer is not told
      if (rng_.split("sides").split(i).flip(0.5))
        std::swap(list_.pool[i].first, list_.pool[i].second);
    list_.num_asked = list_.pool.size();
    if (const auto n = arguments_.integer("num", 1))
      list_.num_asked = std::min(list_.num_asked, static_cast<std::size_t>(*n));
    if (list_.by_dispute) {
      shuffle();
      keep_each_two_once();
    } else {
      list_.pool.resize(list_.num_asked);
    }
  }

  /// Without --env the texts may be those of the usual world, or of none that is known here.
  void find_world(const PreferenceData& data) {
    list_.world.emplace(preference_world_of(registry_, arguments_));
    if (arguments_.given("env")) return;
    try {
      add_pairs(data, &*list_.world);
    } catch (const std::invalid_argument& e) {
      console_.note(
          fmt::format("shown as they stand, without a world's rewards: these are not of {} ({})",
                      list_.world->name(), e.what()));
      list_.world.reset();
      if (arguments_.is_on("show_rewards"))
        throw std::invalid_argument("--show-rewards needs the world of these pairs: --env");
      if (list_.by_dispute)
        throw std::invalid_argument(
            "--active needs the world of these pairs, in which reward models are fitted: --env");
    }
  }

  void add_pairs(const PreferenceData& data, const PreferenceWorld* world) {
    list_.pool.clear();
    std::size_t same = 0;
    for (std::size_t i = 0; i < data.size(); ++i) {
      try {
        LabelQuestion q = list_.format == DataFormat::pairs
                              ? question_of_texts(data.pairs[i], world)
                              : question_of_segments(data.segments[i], world);
        if (q.first.text == q.second.text)
          ++same;
        else
          list_.pool.push_back(std::move(q));
      } catch (const std::invalid_argument& e) {
        throw std::invalid_argument(fmt::format("{}: {}", data.place(i), e.what()));
      }
    }
    if (same > 0 && (world == nullptr || arguments_.given("env")))
      console_.note(fmt::format("{} of one response with itself left out", plural(same, "pair")));
  }

  // ---- of either --------------------------------------------------------------------------------

  /// A file may be sorted, and what is not in dispute is to be asked at random.
  void shuffle() {
    std::vector<LabelQuestion> shuffled;
    for (const std::size_t i :
         drawn_places(list_.pool.size(), list_.pool.size(), rng_.split("order")))
      shuffled.push_back(std::move(list_.pool[i]));
    list_.pool = std::move(shuffled);
  }

  void keep_each_two_once() {
    std::set<std::string> known;
    std::vector<LabelQuestion> different;
    for (LabelQuestion& question : list_.pool)
      if (known.insert(key_of_question(question)).second) different.push_back(std::move(question));
    list_.pool = std::move(different);
    if (list_.pool.size() < list_.num_asked)
      console_.note(
          fmt::format("only {} to choose from", plural(list_.pool.size(), "different pair")));
  }

  void repeat_some() {
    const auto n = static_cast<std::size_t>(*arguments_.integer("repeat", 0));
    if (n > list_.num_asked)
      throw std::invalid_argument(fmt::format("--repeat: {} of {} cannot be asked again", n,
                                              plural(list_.num_asked, "question")));
    list_.again = drawn_places(n, list_.num_asked, rng_.split("repeat"));
  }

  void refuse(const std::string& flag, const char* where) const {
    if (!arguments_.given(flag)) return;
    std::string name = flag;
    std::replace(name.begin(), name.end(), '_', '-');
    throw std::invalid_argument(fmt::format("--{} has no effect {}", name, where));
  }

  const Registry& registry_;
  const Arguments& arguments_;
  Console& console_;
  Rng rng_;
  LabelQuestions list_;
};

}  // namespace

std::optional<double> true_return(const ShownSide& side) {
  if (!side.segment || side.segment->rewards.empty()) return std::nullopt;
  return std::accumulate(side.segment->rewards.begin(), side.segment->rewards.end(), 0.0);
}

std::string key_of_two(const std::string& prompt, const std::string& a, const std::string& b) {
  return fmt::format("{}\n{}\n{}", prompt, std::min(a, b), std::max(a, b));
}

std::string key_of_question(const LabelQuestion& question) {
  return key_of_two(question.prompt, question.first.text, question.second.text);
}

LabelQuestions label_questions(const Registry& registry, const Arguments& arguments,
                               Console& console) {
  return QuestionMaker(registry, arguments, console)();
}

}  // namespace rl::apps
