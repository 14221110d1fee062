#pragma once
/// \file
/// Preference data of a world that a synthetic annotator makes: pairs, labelled responses,
/// segments; and what needs no annotator, demonstrations and prompts.
///
/// Record i is drawn from a stream of its own, rng.split(i): more of them begin with fewer.
#include <cstddef>
#include <functional>

#include "algorithms/preference/dataset.hpp"
#include "algorithms/preference/segment_sampler.hpp"
#include "apps/arguments.hpp"
#include "apps/rlhf/data_file.hpp"
#include "apps/rlhf/data_summary.hpp"
#include "apps/rlhf/preference_world.hpp"
#include "rl/options.hpp"

namespace rl::apps {

/// Of --active.
struct QueryOptions {
  QuerySchedule query_schedule = QuerySchedule::constant;
  int iterations = 5;
  template <class Visitor>
  void visit(Visitor& v) {
    v("query_schedule", query_schedule, "how questions are spread over the iterations of --active",
      {"constant", "hyperbolic", "inverse_quadratic"});
    v("iterations", iterations, "of --active: a new ensemble before each but the first",
      Range{1, 1e6});
  }
};

struct GeneratedData {
  PreferenceData data;
  DataSummary summary;
  std::size_t wanted = 0;   ///< pairs, demonstrations or prompts
  std::size_t missing = 0;  ///< of them, because `interrupted` said so
};

/// With --num, --policy, --annotator and their like. `interrupted` is asked before each record:
/// what is drawn by then is kept. Throws Interrupted where that is nothing, and
/// std::invalid_argument for flags that do not fit the world.
GeneratedData generate_data(const PreferenceWorld& world, DataFormat format,
                            const Arguments& arguments, const std::function<bool()>& interrupted);

}  // namespace rl::apps
