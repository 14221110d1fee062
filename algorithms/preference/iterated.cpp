#include "algorithms/preference/iterated.hpp"

#include <utility>

namespace rl {

namespace {

void leave_out_filling(const FiniteMdp& model, Segment& segment) {
  std::size_t length = 0;
  while (length < segment.length() && !model.terminal(segment.states[length])) ++length;
  segment.states.resize(length + 1);
  segment.actions.resize(length);
  segment.rewards.resize(length);
}

}  // namespace

std::vector<LabelledPair> fresh_pairs(std::size_t n, const PairSource& draw,
                                      const Annotator& annotator, const FiniteMdp& model,
                                      const Rng& rng) {
  std::vector<SegmentPair> asked = sample_pairs(n, draw, rng.split("pairs"));
  annotate(annotator, asked, rng.split("labels"));
  std::vector<LabelledPair> pairs;
  pairs.reserve(n);
  for (SegmentPair& pair : asked) {
    leave_out_filling(model, pair.first);
    leave_out_filling(model, pair.second);
    pairs.push_back({std::move(pair.first), std::move(pair.second), pair.preference, 1});
  }
  return pairs;
}

std::unique_ptr<StagedTraining> iterated_training(const RowPolicy& policy, IteratedTask task,
                                                  const IterationOptions& options,
                                                  const TrainingOptions& training, const Rng& rng) {
  const auto iteration = [task = std::move(task), options, training, rng](std::int64_t k,
                                                                          const RowPolicy& start) {
    const Rng stream = rng.split(static_cast<std::uint64_t>(k));
    const std::vector<LabelledPair> pairs =
        fresh_pairs(static_cast<std::size_t>(options.num_comparisons), task.pairs_of(start.rows()),
                    task.annotator, task.model, stream);
    std::optional<PolicyRows> reference;
    if (task.reference)
      reference = options.iteration_reference == IterationReference::previous
                      ? start.rows()
                      : task.reference->rows();
    return std::make_unique<Training>(
        start, std::make_shared<PairObjective>(start.rows(), reference, pairs, task.objective),
        training, stream.split("training"));
  };
  return std::make_unique<StagedTraining>(policy, options.iterations, iteration, "iteration");
}

}  // namespace rl
