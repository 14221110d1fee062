#pragma once
/// \file
/// Points of continuous spaces: what is seen of a world without a list of states, and actions that
/// are numbers.
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace rl {

/// At most 8 numbers, held without allocation: x_1 .. x_n.
class Point {
 public:
  static constexpr std::size_t kMost = 8;

  Point() = default;
  Point(std::initializer_list<double> x) : Point(std::span(x.begin(), x.size())) {}
  /// Throws std::invalid_argument for more than kMost numbers.
  explicit Point(std::span<const double> x) : size_(static_cast<std::int64_t>(x.size())) {
    if (x.size() > kMost) throw std::invalid_argument("a point has at most 8 numbers");
    for (std::size_t i = 0; i < x.size(); ++i) x_[i] = x[i];
  }

  std::size_t size() const { return static_cast<std::size_t>(size_); }
  double operator[](std::size_t i) const {
    assert(i < size());
    return x_[i];
  }
  double& operator[](std::size_t i) {
    assert(i < size());
    return x_[i];
  }
  std::span<const double> numbers() const { return {x_.data(), size()}; }
  /// One number more. Throws std::invalid_argument where there are kMost.
  void append(double x) {
    if (size() == kMost) throw std::invalid_argument("a point has at most 8 numbers");
    x_[size()] = x;
    ++size_;
  }
  bool operator==(const Point& other) const {
    if (size_ != other.size_) return false;
    for (std::size_t i = 0; i < size(); ++i)
      if (x_[i] != other.x_[i]) return false;
    return true;
  }

  template <class Visitor>
  void state(Visitor& visit) {
    visit("point", x_);
    visit("point.size", size_);
    if (size_ < 0 || size_ > static_cast<std::int64_t>(kMost))
      throw std::invalid_argument("saved state: field 'point.size' is out of range");
  }

 private:
  std::array<double, kMost> x_{};  // 0 beyond size_
  std::int64_t size_ = 0;
};

/// One number of a point: its name and where it may lie; infinite where nothing bounds it.
struct Coordinate {
  std::string name;
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  /// A usual size, by which networks divide what they are shown; 0: half the way from bound to
  /// bound, around their middle, or 1 where there are no bounds.
  double scale = 0;
};

/// What the numbers of a point mean, in order.
using Space = std::vector<Coordinate>;

/// Throws std::invalid_argument with `what`, the coordinate's name, the value and the bounds unless
/// the point is finite and lies in the space.
void check_in_space(const Point& x, const Space& space, std::string_view what);

/// "x = -0.5, v = 0.012"
std::string coordinates_text(const Point& x, const Space& space);

}  // namespace rl
