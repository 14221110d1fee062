#include "rl/features/crossed.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "rl/features/hash.hpp"
#include "rl/features/kinds.hpp"
#include "rl/features/limits.hpp"
#include "rl/features/specification.hpp"

namespace rl {

namespace {

using Categories = std::vector<std::shared_ptr<const Category>>;

double number_of_combinations(const Categories& parts) {
  double n = 1;
  for (const auto& part : parts) n *= static_cast<double>(part->size());
  return n;
}

class CrossedBasis final : public Category {
 public:
  CrossedBasis(Categories parts, std::size_t buckets)
      : Category(buckets > 0 ? buckets : checked_size(number_of_combinations(parts))),
        parts_(std::move(parts)),
        hashed_(buckets > 0) {}

  std::size_t category(const double* x) const noexcept override {
    std::uint64_t i = 0;
    for (const auto& part : parts_) {
      const std::size_t k = part->category(x);
      if (k == kNone) return kNone;
      i = i * part->size() + k;
    }
    return hashed_ ? hash_among(i, size()) : i;
  }
  std::string name(std::size_t i) const override {
    if (hashed_) return fmt::format("bucket {} of {} crossed", i, parts_.size());
    std::string text;
    for (std::size_t k = parts_.size(); k-- > 0;) {
      const std::size_t n = parts_[k]->size();
      text.insert(0, parts_[k]->name(i % n) + (text.empty() ? "" : " and "));
      i /= n;
    }
    return text;
  }

 private:
  Categories parts_;  // the first one outermost
  bool hashed_;
};

void append_categories(const FeatureSpecification& part, const Space& space,
                       Categories& categories) {
  for (const auto& basis : make_part(part, space).bases) {
    auto category = std::dynamic_pointer_cast<const Category>(basis);
    if (category == nullptr)
      throw std::invalid_argument(
          fmt::format("option 'of': '{}' does not divide points into classes", part.kind));
    categories.push_back(std::move(category));
  }
}

}  // namespace

Bases make_bases(const CrossedOptions& options, const Space& space) {
  Categories categories;
  for (const std::string& text : options.of)
    for (const FeatureSpecification& part : read_features(text))
      append_categories(part, space, categories);
  if (categories.size() < 2)
    throw std::invalid_argument(
        fmt::format("option 'of': {} to cross; it takes two", categories.size()));
  if (number_of_combinations(categories) > 1e18)
    throw std::invalid_argument("option 'of': more than 10^18 combinations, too many to number");
  return {std::make_shared<CrossedBasis>(std::move(categories),
                                         static_cast<std::size_t>(options.buckets))};
}

}  // namespace rl
