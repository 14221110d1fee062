#include "rl/features/hashed.hpp"

#include <fmt/format.h>

#include <bit>

#include "rl/features/hash.hpp"

namespace rl {

namespace {

class HashedBasis final : public Category {
 public:
  HashedBasis(Axis axis, std::size_t buckets) : Category(buckets), axis_(std::move(axis)) {}

  std::size_t category(const double* x) const noexcept override {
    const double value = axis_.raw(x) + 0.0;  // -0 is 0
    return hash_among(std::bit_cast<std::uint64_t>(value), size());
  }
  std::string name(std::size_t i) const override {
    return fmt::format("{} in bucket {}", axis_.name, i);
  }

 private:
  Axis axis_;
};

}  // namespace

Bases make_bases(const HashedOptions& options, const Space& space) {
  Bases bases;
  for (Axis& axis : axes_of(options, space))
    bases.push_back(
        std::make_shared<HashedBasis>(std::move(axis), static_cast<std::size_t>(options.buckets)));
  return bases;
}

}  // namespace rl
