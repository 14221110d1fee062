// The state of a run of every registered learner: what is saved, loaded and copied is all of it.
#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "rl/registry.hpp"
#include "tests/algorithms/learner_pairs.hpp"

using nlohmann::json;
using rl::AlgorithmEntry;
using rl::AnyRunner;
using rl::Problem;
using tests::begin_little;
using tests::for_each_pair;
using tests::kSteps;

TEST_CASE("learners: one step at a time is all steps at once, to the bit") {
  for_each_pair([](const AlgorithmEntry& learner, const Problem& problem) {
    AnyRunner at_once = begin_little(learner, problem);
    at_once.run({.steps = kSteps});
    AnyRunner stepped = begin_little(learner, problem);
    while (stepped.steps() < kSteps) stepped.advance_anywhere();
    CHECK(stepped.save() == at_once.save());
  });
}

TEST_CASE("learners: 2N steps are N steps, saved, loaded into a fresh run, and N more") {
  for_each_pair([](const AlgorithmEntry& learner, const Problem& problem) {
    AnyRunner at_once = begin_little(learner, problem);
    at_once.run({.steps = 2 * kSteps});
    AnyRunner first = begin_little(learner, problem);
    first.run({.steps = kSteps});
    AnyRunner second = begin_little(learner, problem, 77);  // everything of it is replaced
    second.load(first.save());
    CHECK(second.save() == first.save());
    second.run({.steps = 2 * kSteps});
    CHECK(second.save() == at_once.save());
  });
}

TEST_CASE("learners: the state of a run goes on in a learner with another alpha and epsilon") {
  std::map<std::string, bool> differs;  // of learners that have such an option
  for_each_pair([&](const AlgorithmEntry& learner, const Problem& problem) {
    json options = tests::little_work(learner, problem);
    bool tuned = false;
    for (const rl::OptionInfo& option : learner.options) {
      if (option.name != "alpha" && option.name != "epsilon") continue;
      const json usual = json::parse(option.default_json);
      const bool visits = usual.is_object() && usual.value("clock", "") == "visits";
      const double other = tests::acts_by_points(learner) ? 1e-8
                           : tests::has_features(learner) ? 0.002
                                                          : 0.25;
      options[option.name] =
          visits ? json{{"linear", {other, other, 1}}, {"clock", "visits"}} : json(other);
      tuned = true;
    }
    if (!tuned || problem.model.num_states() > 100) return;
    AnyRunner usual = begin_little(learner, problem);
    usual.run({.steps = kSteps});
    AnyRunner other = learner.make_learner(problem, options, rl::Streams(77));
    other.load(usual.save());
    CHECK(other.save() == usual.save());
    for (AnyRunner* runner : {&usual, &other}) runner->run({.steps = 2 * kSteps});
    differs[learner.name] = differs[learner.name] || other.save() != usual.save();
  });
  CHECK(differs.size() > 20);
  differs.erase("batch_gd");  // its first step reaches the minimum of the batch, and stays there
  for (const auto& entry : differs) CHECK_MESSAGE(entry.second, entry.first);
}

TEST_CASE("learners: a copy lives its own life, and the same one") {
  for_each_pair([](const AlgorithmEntry& learner, const Problem& problem) {
    AnyRunner original = begin_little(learner, problem);
    original.run({.steps = kSteps});
    const std::string before = original.save();
    AnyRunner copy = original;
    copy.run({.steps = 2 * kSteps});
    CHECK(original.save() == before);
    original.run({.steps = 2 * kSteps});
    CHECK(original.save() == copy.save());
  });
}
