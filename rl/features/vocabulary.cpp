#include "rl/features/vocabulary.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rl {

namespace {

class VocabularyBasis final : public Category {
 public:
  VocabularyBasis(Axis axis, std::vector<double> values, bool other)
      : Category(values.size() + (other ? 1 : 0)),
        axis_(std::move(axis)),
        values_(std::move(values)) {}

  std::size_t category(const double* x) const noexcept override {
    const auto it = std::find(values_.begin(), values_.end(), axis_.raw(x));
    const auto i = static_cast<std::size_t>(it - values_.begin());
    return i < size() ? i : kNone;
  }
  std::string name(std::size_t i) const override {
    if (i == values_.size()) return fmt::format("{} = other", axis_.name);
    return fmt::format("{} = {}", axis_.name, values_[i]);
  }

 private:
  Axis axis_;
  std::vector<double> values_;
};

}  // namespace

Bases make_bases(const VocabularyOptions& options, const Space& space) {
  if (options.values.empty()) throw std::invalid_argument("option 'values': the list is empty");
  std::vector<double> sorted = options.values;
  std::sort(sorted.begin(), sorted.end());
  if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end())
    throw std::invalid_argument(fmt::format("option 'values': {} stands twice", *twice));
  Bases bases;
  for (Axis& axis : axes_of(options, space))
    bases.push_back(
        std::make_shared<VocabularyBasis>(std::move(axis), options.values, options.other));
  return bases;
}

}  // namespace rl
