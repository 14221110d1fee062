// rlhf dpo: its losses, fresh pairs in iterations, a reference that follows.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <set>
#include <string>
#include <utility>

#include "algorithms/preference/pair_losses.hpp"
#include "tests/apps/commands/rlhf/trainer_data.hpp"
#include "tests/errors.hpp"

namespace rl::apps {

namespace {

using nlohmann::json;
using tests::contains;
using tests::error_of_run;
using tests::rlbook;
using tests::Words;
using Data = tests::TrainerData;

}  // namespace

TEST_CASE("rlhf dpo: the loss starts at ln 2, which is said, and falls") {
  const Data data;
  const tests::Output x = data.run("dpo", data.pairs({"--max-steps", "50", "--json"}));
  CHECK(x.code == 0);
  CHECK(contains(x.err, "the loss starts at ln 2 = 0.6931"));
  CHECK(x.json()["loss"].get<double>() < 0.69);
  CHECK(x.json().contains("rewards/chosen"));
  CHECK(x.json().contains("true/win_rate"));
}

TEST_CASE("trap: a loss type that is ignored: each of them learns something else") {
  const Data data;
  std::set<std::string> seen;
  for (const PairLossType& type : pair_loss_types()) {
    if (type.name == "cpl_kl") continue;  // with its defaults it is the sigmoid loss
    const tests::Output x =
        data.run("dpo", data.pairs({"--loss-type", type.name, "--max-steps", "3", "--json"}));
    CHECK_MESSAGE(x.code == 0, type.name);
    seen.insert(fmt::format("{}", x.json()["loss"].get<double>()));
  }
  CHECK(seen.size() == pair_loss_types().size() - 1);
}

TEST_CASE("trap: an option without effect on the loss is an error that names what it has") {
  const Data data;
  CHECK(contains(error_of_run(data.run("dpo", data.pairs({"--label-smoothing", "0.1"}))),
                 "option 'label_smoothing' has no effect with the loss sigmoid (it has: beta, "
                 "f_divergence_type, f_alpha)"));
  CHECK(contains(error_of_run(data.run("dpo", data.pairs({"--loss-type", "sigmiod"}))),
                 "did you mean 'sigmoid'?"));
  CHECK(contains(error_of_run(data.run("dpo", data.pairs({"--beta", "0"}))), "beta"));
  CHECK(contains(error_of_run(data.run("ppo", {"--kl-target", "3"})),
                 "--kl-target has no effect unless --kl-controller is adaptive"));
  CHECK(contains(error_of_run(data.run("ppo", {"--lambda", "3"})), "without --reward-model"));
}

TEST_CASE("rlhf dpo: several losses are added with their weights") {
  const Data data;
  const auto loss = [&](const Words& more) {
    Words words = {"--max-steps", "1", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return data.run("dpo", data.pairs(words)).json()["loss"].get<double>();
  };
  const double sigmoid = loss({"--loss-type", "sigmoid"});
  const double sft = loss({"--loss-type", "sft"});
  CHECK(loss({"--loss-type", "sigmoid", "sft", "--loss-weights", "1", "0.5"}) ==
        doctest::Approx(sigmoid + 0.5 * sft));
  CHECK(contains(error_of_run(data.run(
                     "dpo", data.pairs({"--loss-type", "sigmoid", "sft", "--loss-weights", "1"}))),
                 "1 weights for 2 losses"));
}

TEST_CASE("rlhf dpo: with --iterations it learns from fresh pairs of its own responses") {
  const Data data;
  const auto iterated = [&](const Words& more) {
    Words words = {"--iterations", "3", "--max-steps", "10", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return data.run("dpo", words);
  };
  const tests::Output x = iterated({"--logging-steps", "10", "--output-dir", data.at("out")});
  REQUIRE_MESSAGE(x.code == 0, x.err);
  CHECK(x.json()["steps"] == 30);
  CHECK(x.json()["iteration"] == 3);
  // What each option says is learned from.
  std::set<std::string> seen = {x.json()["loss"].dump()};
  for (const Words& more :
       {Words{"--iteration-reference", "initial"}, Words{"--num-comparisons", "201"},
        Words{"--rationality", "20"}, Words{"--flip-prob", "0.4"}, Words{"--soft-labels"},
        Words{"--fragment-length", "1"}, Words{"--seed", "1"}}) {
    const tests::Output other = iterated(more);
    REQUIRE_MESSAGE(other.code == 0, other.err);
    CHECK_MESSAGE(seen.insert(other.json()["loss"].dump()).second, more.front());
  }
  // The regret of a whole response is its return less v* of the prompt, which a pair shares.
  CHECK(iterated({"--annotator", "regret"}).json()["loss"] == x.json()["loss"]);
}

TEST_CASE("rlhf dpo: a good annotator's labels of fresh pairs lead to a better policy") {
  const Data data;
  // The labels are certain, so that every pair says what is truly better.
  const json x = data.run("dpo", {"--iterations", "3", "--num-comparisons", "100", "--rationality",
                                  "1e9", "--max-steps", "30", "--json"})
                     .json();
  CHECK(x["true/win_rate"].get<double>() > 0.5);
}

TEST_CASE("rlhf dpo: iterations that were stopped go on to the same bytes, and to more") {
  const Data data;
  const auto words = [&](const std::string& folder, const std::string& iterations) {
    return Words{"--iterations",    iterations, "--num-comparisons", "20",  "--max-steps", "4",
                 "--logging-steps", "1",        "--output-dir",      folder};
  };
  const std::string whole = data.at("whole");
  const std::string parts = data.at("parts");
  CHECK(data.run("dpo", words(whole, "3")).code == 0);
  int asked = 0;
  CHECK(data.run("dpo", words(parts, "3"), {.interrupted = [&] { return ++asked > 6; }}).code ==
        130);
  Words again = words(parts, "3");
  again.emplace_back("--resume-from-checkpoint");
  CHECK(data.run("dpo", again).code == 0);
  for (const char* name : {"/policy.json", "/metrics.jsonl", "/checkpoint"})
    CHECK_MESSAGE(tests::read(whole + name) == tests::read(parts + name), name);
  Words more = words(parts, "4");
  more.insert(more.end(), {"--resume-from-checkpoint", "--json"});
  CHECK(data.run("dpo", more).json()["steps"] == 16);
  more[3] = "21";  // comparisons
  CHECK(contains(error_of_run(data.run("dpo", more)), "is another run: its iteration is"));
}

TEST_CASE("rlhf dpo: iterations work where responses cannot be listed") {
  const tests::Output x =
      rlbook({"rlhf", "dpo", "--env", "mfrl_5x5", "--iterations", "2", "--num-comparisons", "20",
              "--annotator", "regret", "--fragment-length", "3", "--max-steps", "5", "--json"});
  REQUIRE_MESSAGE(x.code == 0, x.err);
  CHECK(x.json()["steps"] == 10);
}

TEST_CASE("rlhf dpo: what was learned before an iteration could not begin is kept") {
  // The first iteration makes a policy so certain that the second finds nothing to compare.
  const Data data;
  const tests::Output x =
      data.run("dpo", {"--iterations", "2", "--num-comparisons", "30", "--max-steps", "3",
                       "--loss-type", "sft", "--learning-rate", "500", "--rationality", "1e9",
                       "--output-dir", data.at("out")});
  CHECK(contains(error_of_run(x), "the policy leaves nothing to compare"));
  CHECK(contains(tests::one_line(x.err), "step 3 is kept; --output-dir"));
  CHECK(data.run("eval", {"--model", data.at("out")}).code == 0);
}

TEST_CASE("rlhf dpo: options of iterations without them, and data beside them, are errors") {
  const Data data;
  const Words iterations = {"--iterations", "2"};
  const auto beside = [&](const Words& more) {
    Words words = iterations;
    words.insert(words.end(), more.begin(), more.end());
    return error_of_run(data.run("dpo", words));
  };
  for (const auto& [flag, value] : {std::pair{"--num-comparisons", "5"},
                                    {"--iteration-reference", "initial"},
                                    {"--rationality", "2"},
                                    {"--fragment-length", "2"}})
    CHECK(contains(error_of_run(data.run("dpo", data.pairs({flag, value}))),
                   std::string(flag) + " has no effect without --iterations"));
  CHECK(contains(beside(data.pairs()), "--dataset has no effect beside --iterations"));
  CHECK(contains(beside({"--sync-ref-model"}), "--sync-ref-model has no effect beside"));
  CHECK(contains(beside({"--loss-type", "simpo", "--iteration-reference", "initial"}),
                 "--iteration-reference has no effect where the loss has no reference"));
}

TEST_CASE("rlhf dpo: --sync-ref-model moves the reference, and is resumed to the same bytes") {
  const Data data;
  const auto dpo = [&](const std::string& folder, const std::string& steps, const Words& more) {
    Words words = {"--sync-ref-model", "--ref-model-sync-steps", "3",     "--max-steps", steps,
                   "--output-dir",     data.at(folder),          "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return data.run("dpo", data.pairs(words));
  };
  const tests::Output whole = dpo("whole", "8", {});
  REQUIRE_MESSAGE(whole.code == 0, whole.err);
  CHECK(dpo("parts", "4", {}).code == 0);
  CHECK(dpo("parts", "8", {"--resume-from-checkpoint"}).code == 0);
  CHECK(tests::read(data.at("whole") + "/policy.json") ==
        tests::read(data.at("parts") + "/policy.json"));
  const json kept = data.run("dpo", data.pairs({"--max-steps", "8", "--json"})).json();
  CHECK(whole.json()["loss"] != kept["loss"]);
  CHECK(dpo("mixed", "8", {"--ref-model-mixup-alpha", "0.1"}).json()["loss"] !=
        whole.json()["loss"]);
}

TEST_CASE("rlhf dpo: a reference that could not follow is an error that says why") {
  const Data data;
  const auto refused = [&](const Words& words) {
    return error_of_run(data.run("dpo", data.pairs(words)));
  };
  CHECK(contains(refused({"--ref-model-mixup-alpha", "0.5"}),
                 "--ref-model-mixup-alpha has no effect without --sync-ref-model"));
  CHECK(contains(refused({"--ref-model-sync-steps", "5"}),
                 "--ref-model-sync-steps has no effect without --sync-ref-model"));
  CHECK(contains(refused({"--sync-ref-model", "--loss-type", "simpo"}),
                 "--sync-ref-model has no effect where the loss has no reference"));
  CHECK(contains(refused({"--sync-ref-model", "--reference-free"}),
                 "--sync-ref-model has no effect where the loss has no reference"));
  CHECK(contains(refused({"--sync-ref-model", "--ref-model-mixup-alpha", "0"}),
                 "--sync-ref-model has no effect where --ref-model-mixup-alpha is 0"));
  CHECK(contains(refused({"--sync-ref-model", "--max-steps", "50"}),
                 "has no effect where the reference moves every 64 steps and there are 50"));
}

TEST_CASE("trap: loss 0.693: where nothing can be learned, training ends with the reason") {
  const Data data;
  const auto stuck = [&](const std::string& lines, const Words& more = {}) {
    data.file("stuck.jsonl", lines);
    Words words = {"--dataset", data.at("stuck.jsonl")};
    words.insert(words.end(), more.begin(), more.end());
    const std::string error = error_of_run(data.run("dpo", words));
    CHECK(contains(error, "after 20 steps the loss is still ln 2"));
    return error;
  };
  const std::string good = "{\"prompt\":\"p0\",\"chosen\":\"1 2\",\"rejected\":\"0\"}\n";
  const std::string other_way = "{\"prompt\":\"p0\",\"chosen\":\"0\",\"rejected\":\"1 2\"}\n";
  const std::string same =
      "{\"prompt\":\"p0\",\"chosen\":\"1 0\",\"rejected\":\"1 0\",\"tie\":true}\n";
  const std::string tie =
      "{\"prompt\":\"p0\",\"chosen\":\"1 2\",\"rejected\":\"0\",\"tie\":true}\n";
  CHECK(contains(stuck(same), "the two responses of every pair are the same"));
  CHECK(contains(stuck(tie), "every pair is a tie"));
  CHECK(contains(stuck(good + other_way), "what is preferred cancels out over the pairs"));
  CHECK(contains(stuck(good, {"--learning-rate", "0"}), "--learning-rate is 0"));
  // Nothing was learned, and nothing stands in the way of another try.
  stuck(same, {"--output-dir", data.at("out")});
  CHECK(data.run("dpo", data.pairs({"--max-steps", "3", "--output-dir", data.at("out")})).code ==
        0);
  // A slow start is no standstill.
  CHECK(data.run("dpo", data.pairs({"--learning-rate", "1e-12", "--max-steps", "25"})).code == 0);
}

}  // namespace rl::apps
