#include "rl/features.hpp"

#include <fmt/format.h>

#include <cassert>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "rl/features/kinds.hpp"
#include "rl/features/limits.hpp"
#include "rl/features/specification.hpp"

namespace rl {

FeatureMap::FeatureMap(Bases bases, std::size_t num_coordinates, std::string json)
    : bases_(std::make_shared<const Bases>(std::move(bases))),
      json_(std::make_shared<const std::string>(std::move(json))),
      num_coordinates_(num_coordinates) {
  for (const auto& basis : *bases_) {
    size_ += basis->size();
    most_active_ += basis->most_active();
    binary_ = binary_ && basis->binary();
  }
  if (size_ == 0) throw std::invalid_argument("a feature map needs a feature");
  checked_size(static_cast<double>(size_));
}

void FeatureMap::operator()(std::span<const double> x, std::vector<Feature>& out) const noexcept {
  assert(x.size() == num_coordinates_);
  out.resize(most_active_);
  Feature* end = out.data();
  std::size_t first = 0;
  for (const auto& basis : *bases_) {
    end = basis->write(x.data(), first, end);
    first += basis->size();
  }
  out.resize(static_cast<std::size_t>(end - out.data()));
}

std::string FeatureMap::name(std::size_t i) const {
  assert(i < size_);
  auto basis = bases_->begin();
  for (; i >= (*basis)->size(); ++basis) i -= (*basis)->size();
  return (*basis)->name(i);
}

std::vector<double> FeatureMap::step_scale() const {
  std::vector<double> scale;
  scale.reserve(size_);
  for (const auto& basis : *bases_)
    for (std::size_t i = 0; i < basis->size(); ++i) scale.push_back(basis->step_scale(i));
  return scale;
}

namespace {

/// "features: " or "features: part 2, 'tiles': "
std::string feature_place(const std::vector<FeatureSpecification>& parts, std::size_t i) {
  if (parts.size() == 1) return fmt::format("features: '{}': ", parts[i].kind);
  return fmt::format("features: part {}, '{}': ", i + 1, parts[i].kind);
}

}  // namespace

FeatureMap make_features(std::string_view text, const Space& space) {
  const std::vector<FeatureSpecification> parts = read_features(text);
  Bases bases;
  auto json = nlohmann::json::array();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    try {
      MadeFeatures made = make_part(parts[i], space);
      bases.insert(bases.end(), made.bases.begin(), made.bases.end());
      json.push_back({{parts[i].kind, std::move(made.options)}});
    } catch (const std::invalid_argument& e) {
      throw std::invalid_argument(feature_place(parts, i) + e.what());
    }
  }
  return {std::move(bases), space.size(), json.size() == 1 ? json[0].dump() : json.dump()};
}

std::vector<double> values_of(const FeatureMap& map, std::size_t i,
                              std::span<const double> coordinates) {
  const std::size_t d = map.num_coordinates();
  assert(d > 0 && coordinates.size() % d == 0);
  std::vector<double> values;
  std::vector<Feature> phi;
  for (std::size_t at = 0; at < coordinates.size(); at += d) {
    map(coordinates.subspan(at, d), phi);
    double value = 0;
    for (const Feature& feature : phi)
      if (feature.index == i) value = feature.value;
    values.push_back(value);
  }
  return values;
}

}  // namespace rl
