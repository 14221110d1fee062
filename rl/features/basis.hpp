#pragma once
/// \file
/// Basis: some features of a point that are computed together. A feature map is one or several of
/// them, one behind the other.
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace rl {

/// One entry of phi(x) that is not 0.
struct Feature {
  std::size_t index;
  double value;
  bool operator==(const Feature&) const = default;
};

/// Derive from it to bring features of your own. Immutable once made.
class Basis {
 public:
  Basis(const Basis&) = delete;
  Basis& operator=(const Basis&) = delete;
  virtual ~Basis() = default;

  std::size_t size() const { return size_; }
  /// At most so many features of a point differ from 0.
  std::size_t most_active() const { return most_active_; }

  /// Writes the features of x that are not 0, the i-th as `first` + i, and returns the end of what
  /// was written. There is room for most_active().
  virtual Feature* write(const double* x, std::size_t first, Feature* out) const noexcept = 0;
  virtual std::string name(std::size_t i) const = 0;
  /// Whether a feature that is not 0 is 1.
  virtual bool binary() const { return false; }
  /// The step size of feature i is multiplied by this.
  virtual double step_scale(std::size_t /*i*/) const { return 1; }

 protected:
  Basis(std::size_t size, std::size_t most_active) : size_(size), most_active_(most_active) {}

  /// Writes one feature unless it is 0.
  static Feature* put(std::size_t index, double value, Feature* out) {
    *out = {index, value};
    return out + (value != 0 ? 1 : 0);
  }

 private:
  std::size_t size_;
  std::size_t most_active_;
};
using Bases = std::vector<std::shared_ptr<const Basis>>;

/// Features that divide points into classes: 1 for the class of x, 0 for the others. Only these can
/// be crossed.
class Category : public Basis {
 public:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  /// The class of x; kNone where it has none, and no feature.
  virtual std::size_t category(const double* x) const noexcept = 0;

  Feature* write(const double* x, std::size_t first, Feature* out) const noexcept final {
    const std::size_t i = category(x);
    if (i == kNone) return out;
    *out = {first + i, 1};
    return out + 1;
  }
  bool binary() const final { return true; }

 protected:
  explicit Category(std::size_t size) : Basis(size, 1) {}
};

}  // namespace rl
