#include "rl/features/kinds.hpp"

#include <algorithm>
#include <stdexcept>

#include "rl/features.hpp"
#include "rl/features/aggregation.hpp"
#include "rl/features/bias.hpp"
#include "rl/features/bucketized.hpp"
#include "rl/features/coarse.hpp"
#include "rl/features/crossed.hpp"
#include "rl/features/fourier.hpp"
#include "rl/features/hashed.hpp"
#include "rl/features/numeric.hpp"
#include "rl/features/one_hot.hpp"
#include "rl/features/polynomial.hpp"
#include "rl/features/pyramid.hpp"
#include "rl/features/radial.hpp"
#include "rl/features/tiles.hpp"
#include "rl/features/vocabulary.hpp"
#include "rl/text.hpp"

namespace rl {

using nlohmann::json;

namespace {

struct FeatureKind {
  FeatureKindInfo info;
  MadeFeatures (*make)(const json& options, const Space& space);
};

template <class Options>
json all_options(const Options& options) {
  return json::parse(to_json_text(options));
}
/// Features that are crossed are JSON, not text with JSON in it.
json all_options(const CrossedOptions& options) {
  auto parts = json::array();
  for (const std::string& text : options.of)
    for (const FeatureSpecification& part : read_features(text))
      parts.push_back({{part.kind, part.options}});
  return {{"of", parts}, {"buckets", options.buckets}};
}

template <class Options>
MadeFeatures make_kind(const json& given, const Space& space) {
  const auto options = parse<Options>(given);
  return {make_bases(options, space), all_options(options)};
}

template <class Options>
FeatureKind kind_of(const char* name, const char* title) {
  return {{name, title, describe<Options>()}, make_kind<Options>};
}

const std::vector<FeatureKind>& all_kinds() {
  static const std::vector<FeatureKind> kinds = {
      kind_of<AggregationOptions>("aggregation", "a grid of bins (S&B 9.3)"),
      kind_of<BiasOptions>("bias", "always 1"),
      kind_of<BucketizedOptions>("bucketized", "which interval a coordinate lies in"),
      kind_of<CoarseOptions>("coarse", "which of overlapping circles x lies in (S&B 9.5.3)"),
      kind_of<CrossedOptions>("crossed", "combinations of classes"),
      kind_of<FourierOptions>("fourier", "cos(pi c.x) (S&B 9.5.2)"),
      kind_of<HashedOptions>("hashed", "a coordinate's value, hashed into buckets"),
      kind_of<NumericOptions>("numeric", "a coordinate as it is, or scaled"),
      kind_of<OneHotOptions>("one_hot", "which whole number a coordinate is"),
      kind_of<PolynomialOptions>("polynomial", "products of powers (S&B 9.5.1, MFRL 8.2)"),
      kind_of<PyramidOptions>("pyramid", "grids of 1, 2, 4, ... bins a coordinate at once"),
      kind_of<RadialOptions>("radial", "Gaussian bumps on a grid (S&B 9.5.5)"),
      kind_of<TilesOptions>("tiles", "several displaced grids of bins (S&B 9.5.4)"),
      kind_of<VocabularyOptions>("vocabulary", "which of given values a coordinate is"),
  };
  return kinds;
}

/// An element of a list of texts that is JSON, as text.
json as_texts(json list) {
  for (json& element : list)
    if (element.is_object()) element = element.dump();
  return list;
}

/// "column" is "columns", and one element is a list of one.
json with_lists(const json& given, const std::vector<OptionInfo>& options) {
  json full = given;
  if (full.contains("column") && !full.contains("columns")) {
    full["columns"] = full["column"];
    full.erase("column");
  }
  for (const OptionInfo& option : options)
    if (option.type == "list" && full.contains(option.name) && !full[option.name].is_array())
      full[option.name] = json::array({full[option.name]});
  if (full.contains("of")) full["of"] = as_texts(full["of"]);  // of crossed features
  return full;
}

}  // namespace

MadeFeatures make_part(const FeatureSpecification& part, const Space& space) {
  std::vector<std::string> names;
  for (const FeatureKind& kind : all_kinds()) names.push_back(kind.info.name);
  const auto it = std::find(names.begin(), names.end(), part.kind);
  if (it == names.end()) throw std::invalid_argument(unknown_name("kind", part.kind, names));
  const FeatureKind& kind = all_kinds()[static_cast<std::size_t>(it - names.begin())];
  return kind.make(with_lists(part.options, kind.info.options), space);
}

std::vector<FeatureKindInfo> feature_kinds() {
  std::vector<FeatureKindInfo> kinds;
  for (const FeatureKind& kind : all_kinds()) kinds.push_back(kind.info);
  return kinds;
}

}  // namespace rl
