// rlbook rlhf demo: learning from preferences, both roads, for someone who has never seen either.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/preference/annotator.hpp"
#include "algorithms/preference/reward_model.hpp"
#include "apps/commands/rlhf/rlhf.hpp"
#include "apps/experiment.hpp"
#include "apps/layout.hpp"
#include "apps/output_file.hpp"
#include "apps/picture.hpp"
#include "apps/rlhf/efficiency.hpp"
#include "apps/rlhf/efficiency_drawings.hpp"
#include "apps/rlhf/frontier.hpp"
#include "apps/rlhf/language_data.hpp"
#include "apps/rlhf/language_task.hpp"
#include "apps/rlhf/over_seeds.hpp"
#include "apps/rlhf/overoptimization.hpp"
#include "apps/rlhf/preference_world.hpp"
#include "apps/rlhf/story_page.hpp"
#include "apps/rlhf/study_command.hpp"
#include "apps/rlhf/task_run.hpp"
#include "apps/world.hpp"
#include "rl/drawing.hpp"
#include "rl/files.hpp"

namespace rl::apps {

namespace {

constexpr std::size_t kPairs = 1000;
constexpr const char* kGrid = "mfrl_5x5";

std::string mean_of_points(const FrontierRow& row, double FrontierPoint::*number, int digits) {
  const double mean =
      over_runs(row.points, [&](const FrontierPoint& point) { return point.*number; }).mean;
  return fmt::format("{:.{}f}", mean, digits);
}

class RlhfDemo {
 public:
  RlhfDemo(const Registry& registry, const Arguments& arguments, Console& console)
      : registry_(registry),
        console_(console),
        seeds_(arguments.seeds("seeds")),
        task_(
            make_language_task({.seed = static_cast<std::uint64_t>(*arguments.integer("seed"))})) {
    run_.threads = threads_of(arguments);
    run_.stop = console.interrupted;
    if (const auto path = arguments.text("out")) page_.emplace(*path, arguments.is_on("force"));
  }

  int operator()() {
    for (const auto part :
         {&RlhfDemo::tell_world, &RlhfDemo::tell_preferences, &RlhfDemo::tell_rewards,
          &RlhfDemo::tell_frontier, &RlhfDemo::tell_overoptimization, &RlhfDemo::tell_dpo,
          &RlhfDemo::tell_grid, &RlhfDemo::tell_what_next})
      if (!console_.interrupted()) (this->*part)();
    if (page_) {
      page_->stream() << story_page(story_);
      page_->commit();
      console_.note(fmt::format("{}: {}", console_.interrupted() ? "written so far" : "written",
                                page_->path()));
    }
    return failed_ ? kRunFailed : kOk;
  }

 private:
  // ---- the world --------------------------------------------------------------------------------

  void tell_world() {
    heading("A language small enough to know everything about");
    const TokenWorld& world = task_.world;
    say(fmt::format(
        "{} prompts, {} words, responses of up to {} words: {} responses to each prompt, so that "
        "every number below is exact, not sampled. A response's true worth, gold, is known: each "
        "word has a value that depends on the prompt and counts once; repeating a word at once "
        "costs {}, so does being longer or shorter than {} words.",
        world.prompts(), world.vocabulary() - 1, world.max_length(), world.responses_per_prompt(),
        world.options().repeat, world.options().ideal_length));
    const std::vector<double> gold = task_.tree.response_rewards();
    const double best = best_gold(gold);
    const double sft = task_.tree.evaluate(task_.reference.rows()).mean;
    say(fmt::format(
        "Stage 1, supervised fine-tuning (SFT): a policy of bigrams imitates {} "
        "demonstrations. Its responses are worth {:.2f} on average; the best ones {:.2f}.",
        task_.demonstrations.size(), sft, best));
    story_.sft_gold = sft;
    story_.best_gold = best;
  }

  double best_gold(const std::vector<double>& gold) const {
    double sum = 0;
    for (std::int32_t x = 0; x < task_.tree.num_prompts(); ++x) {
      const auto first = task_.tree.first_response()[static_cast<std::size_t>(x)];
      const auto last = task_.tree.first_response()[static_cast<std::size_t>(x) + 1];
      sum += *std::max_element(gold.begin() + static_cast<std::ptrdiff_t>(first),
                               gold.begin() + static_cast<std::ptrdiff_t>(last)) *
             task_.tree.weights()[static_cast<std::size_t>(x)];
    }
    return sum;
  }

  // ---- preferences ------------------------------------------------------------------------------

  void tell_preferences() {
    heading("What people say: this one rather than that one");
    pairs_ = preference_pairs(task_, kPairs, 0, Rng(seeds_.front()).split("pairs"));
    say(
        fmt::format("SFT answers each prompt twice, and an annotator says which answer is better. "
                    "{} such pairs are all that is learned from; gold itself is never shown:",
                    kPairs));
    const SegmentPair& pair = pairs_.front();
    const bool first = pair.preference > 0.5;
    const Segment& chosen = first ? pair.first : pair.second;
    const Segment& rejected = first ? pair.second : pair.first;
    console_.out << fmt::format(
        "  prompt {}:  '{}'  rather than  '{}'\n", task_.world.prompt_of(chosen.states.front()),
        PreferenceWorld::completion_text(chosen), PreferenceWorld::completion_text(rejected));
    std::size_t right = 0;
    for (const SegmentPair& p : pairs_)
      right += (gold_of(p.first) > gold_of(p.second)) == (p.preference > 0.5) ? 1 : 0;
    story_.agreement = static_cast<double>(right) / static_cast<double>(kPairs);
    say(
        fmt::format("The annotator is human enough to err: {:.0f} % of the labels agree with gold. "
                    "No model can be right about more of them.",
                    100 * story_.agreement));
  }

  static double gold_of(const Segment& segment) {
    double sum = 0;
    for (const double r : segment.rewards) sum += r;
    return sum;
  }

  // ---- reward models ----------------------------------------------------------------------------

  void tell_rewards() {
    heading("Stage 2: a reward model");
    const std::vector<SegmentPair> held_out =
        preference_pairs(task_, kPairs, 0, Rng(seeds_.front()).split("held out"));
    std::vector<std::vector<std::string>> rows = {{"model", "held-out accuracy", "it sees"}};
    for (const char* name : {"rich", "bag"}) {
      const LinearRewardFit fit =
          fit_linear_reward(language_features(task_, name), pairs_, language_fit(0.3));
      const SegmentComparisons data = comparisons(fit.reward.features, held_out);
      const double right = accuracy(fit.reward.weights, data.differences, data.labels);
      rows.push_back(
          {name, fmt::format("{:.3f}", right),
           std::string(name) == "rich" ? "what gold is made of" : "counts of words only"});
      story_.accuracies.emplace_back(name, right);
    }
    console_.out << table(rows, console_.columns);
    say("Fitted so that sigma(r1 - r2) predicts the labels (Bradley-Terry). 'bag' cannot see that "
        "a "
        "word is repeated. By its accuracy it looks almost as good.");
  }

  // ---- both roads -------------------------------------------------------------------------------

  void tell_frontier() {
    heading("Stage 3, and the road around it");
    say("Reinforcement learning raises the reward while beta holds the policy to SFT: reward - "
        "beta "
        "KL. DPO trains the policy on the pairs themselves. Gold, with the distance from SFT in "
        "nats behind @:");
    FrontierOptions options;
    options.betas = {1, 0.3, 0.1, 0.05};
    options.methods = {"exact", "rl_gold", "rl_rich", "rl_bag", "dpo"};
    options.comparisons = kPairs;
    Frontier frontier = measure_frontier(task_, options, seeds_, run_);
    if (!told_of(frontier.report)) return;
    story_.frontier = std::move(frontier);
    std::vector<std::vector<std::string>> rows = {{"method"}};
    for (const double beta : options.betas) rows[0].push_back(fmt::format("beta {}", beta));
    for (const FrontierRow& row : story_.frontier.rows) {
      if (rows.back()[0] != row.method) rows.push_back({row.method});
      rows.back().push_back(row.points.empty()
                                ? std::string()
                                : mean_of_points(row, &FrontierPoint::gold, 2) + " @ " +
                                      mean_of_points(row, &FrontierPoint::kl, 1));
    }
    console_.out << table(rows, console_.columns);
    say(fmt::format(
        "exact: the optimum over all responses, which nobody can beat at its distance. rl_gold: "
        "the "
        "same goal with a bigram policy. rl_rich and rl_bag are paid by the two models, means over "
        "{} data sets. Held loosely (small beta), rl_bag finds what its model cannot see and ends "
        "far below SFT ({:.2f}).",
        seeds_.size(), story_.sft_gold));
  }

  void tell_overoptimization() {
    heading("Over-optimisation: the proxy rises, gold falls");
    OveroptOptions options;
    options.comparisons = {kPairs};
    options.best_of_comparisons = kPairs;
    options.dpo_betas = {0.1};
    options.every = 20;
    Overoptimization measured = measure_overoptimization(task_, options, seeds_, run_);
    if (!told_of(measured.report)) return;
    story_.overoptimization = std::move(measured);
    std::vector<std::vector<std::string>> rows = {
        {"pushed along", "gold at its peak", "at the end", "proxy at the end"}};
    for (const OveroptCurve& curve : story_.overoptimization.tilts) {
      const auto mean = [&](const auto& number) {
        return two_decimals(over_runs(curve.runs, number).mean);
      };
      rows.push_back({curve.name, mean([](const OveroptRun& run) { return peak_of(run).gold; }),
                      mean([](const OveroptRun& run) { return run.back().gold; }),
                      mean([](const OveroptRun& run) { return run.back().proxy; })});
    }
    console_.out << table(rows, console_.columns);
    say("The best policy for a model is pushed further and further from SFT, without any noise of "
        "learning. Where the model is wrong, that is where the policy goes.");
  }

  void tell_dpo() {
    if (story_.overoptimization.dpo.empty() || story_.overoptimization.dpo[0].runs.empty()) return;
    heading("DPO: why the chosen answer becomes less likely");
    std::vector<std::vector<std::string>> rows = {
        {"step", "rewards/chosen", "rewards/rejected", "gold", "KL"}};
    const std::vector<DpoPoint>& run = story_.overoptimization.dpo[0].runs[0];
    for (const DpoPoint& point : run)
      if (point.step % 200 == 0 || point.step == 60)
        rows.push_back({fmt::format("{}", point.step), two_decimals(point.reward_chosen),
                        two_decimals(point.reward_rejected), two_decimals(point.gold),
                        two_decimals(point.kl)});
    console_.out << table(rows, console_.columns);
    say("rewards/... = beta ln(pi / pi_ref). The loss sees the difference of the two alone, so "
        "both "
        "may fall as long as the rejected one falls faster: mass moves to responses that nobody "
        "compared. Gold peaks early; more steps are not better.");
  }

  // ---- the grid ---------------------------------------------------------------------------------

  void tell_grid() {
    heading("The same on a grid: a reward drawn from comparisons");
    EfficiencyExperiment experiment{.problem = make_problem(registry_, kGrid)};
    experiment.annotators = {AnnotatorKind::return_};
    experiment.sizes = {10, 100, 1000};
    experiment.methods = {PreferenceMethod::rm, PreferenceMethod::cpl, PreferenceMethod::bc};
    experiment.seeds = seeds_;
    EfficiencyResult result = run_efficiency(experiment, run_);
    if (!told_of(result.report)) return;
    say("Pairs of five random steps on MFRL's grid, the better-paid one preferred. What a linear "
        "reward model makes of 1000 of them, beside the truth (reward of entering a cell):");
    const RewardDrawing drawing = reward_drawing(experiment, result);
    console_.out << draw_terminal(drawing.picture, drawing.content, terminal_style(console_));
    std::vector<std::vector<std::string>> rows = {{"score from", "10 pairs", "100", "1000"}};
    for (const PreferenceMethod method : experiment.methods) {
      rows.push_back({info_of(method).label});
      for (const std::size_t size : experiment.sizes)
        rows.back().push_back(two_decimals(
            summary_of(result, AnnotatorKind::return_, method, size, &EfficiencyRun::score).mean));
    }
    console_.out << table(rows, console_.columns);
    say("0: as good as random moves, 1: optimal. A reward can be planned with, so it needs fewest "
        "pairs; CPL and imitation of what was preferred (BC) learn no reward.");
    story_.grid = std::move(experiment);
    story_.grid_result = std::move(result);
  }

  void tell_what_next() {
    heading("What next");
    say("This language was built so that a careless model can be exploited: it shows shapes that "
        "the literature reports, and proves nothing about language models.");
    console_.out << definition_list(
        {{"rlbook rlhf demo --out story.html", "the same with its charts"},
         {"rlbook rlhf frontier", "all methods, with intervals"},
         {"rlbook rlhf overopt", "over-optimisation: data, best of n, ensembles, DPO"},
         {"rlbook rlhf prefs --out pairs.jsonl", "data of your own, for rlhf dpo"},
         {"rlbook rlhf label --out mine.jsonl", "be the annotator yourself"}},
        console_.columns);
  }

  /// Tells what is missing or doubtful in a part's results; false where it was interrupted.
  bool told_of(const StudyReport& report) {
    if (!report.complete) return false;
    warn_of_missing(report, console_);
    failed_ = failed_ || !report.failures.empty();
    if (const std::string doubt = unconverged_text(report); !doubt.empty()) console_.warn(doubt);
    return true;
  }

  void heading(const std::string& text) {
    console_.out << '\n';
    for (const std::string& line : wrap(text, console_.columns)) {
      console_.out << console_.style(line, "1;4") << '\n';
      if (!console_.color) console_.out << std::string(line.size(), '-') << '\n';
    }
    console_.out.flush();
  }
  void say(const std::string& text) {
    for (const std::string& line : wrap(text, console_.columns)) console_.out << line << '\n';
    console_.out.flush();
  }

  const Registry& registry_;
  Console& console_;
  std::vector<std::uint64_t> seeds_;
  LanguageTask task_;
  TaskRun run_;
  std::optional<OutputFile> page_;
  std::vector<SegmentPair> pairs_;
  Story story_;
  bool failed_ = false;  // a task of some part
};

}  // namespace

Command rlhf_demo_command() {
  FlagSpec out = shared_flag("out");
  out.value = "FILE.html";
  FlagSpec seeds = shared_flag("seeds");
  seeds.fallback = "0..4";
  seeds.doc = "a data set each";
  return {{.command = "rlhf demo",
           .usage = "[--out story.html]",
           .doc = "both roads from preferences to a policy, in a quarter of a minute",
           .flags = {seeds, shared_flag("seed"), shared_flag("jobs"), out, shared_flag("force"),
                     shared_flag("ascii"), shared_flag("quiet"), shared_flag("color")},
           .examples = {"rlhf demo", "rlhf demo --out story.html"}},
          [](const Registry& registry, const Arguments& arguments, Console& console) {
            return RlhfDemo(registry, arguments, console)();
          }};
}

}  // namespace rl::apps
