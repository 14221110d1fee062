// policy.json and reward.json: what is read is written and read back the same, and has
// probabilities and rewards. The target computes the hash of a policy that was changed, as no
// mutation would.
#include <unistd.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include "apps/rlhf/policy_file.hpp"
#include "apps/rlhf/preference_world.hpp"
#include "apps/rlhf/reward_file.hpp"
#include "rl/files.hpp"

namespace {

using rl::apps::PreferenceWorld;

/// A prompt and a second word; action 1 of 2 is missing after it.
const PreferenceWorld& world() {
  const auto row = [](rl::State s, rl::Action a, std::vector<rl::Outcome>& r) {
    if (a == 0) r = {{1, 0.5 * s, 2}};
    if (a == 1 && s == 0) r = {{1, 0.25, 1}};
  };
  static const PreferenceWorld world(
      "words", {.name = "words",
                .model = rl::FiniteMdp(3, 2, row, {.terminal = {2}, .start = {1, 0, 0}}),
                .gamma = 1});
  return world;
}

/// The readers take files.
class OneFile {
 public:
  OneFile()
      : path_((std::filesystem::temp_directory_path() /
               ("rlbook_fuzz_" + std::to_string(::getpid()) + ".json"))
                  .string()) {}
  OneFile(const OneFile&) = delete;
  OneFile& operator=(const OneFile&) = delete;
  ~OneFile() { std::filesystem::remove(path_); }
  const std::string& holding(std::string_view text) const {
    rl::write_file(path_, text);
    return path_;
  }

 private:
  std::string path_;
};

const std::string& file_of(std::string_view text) {
  static const OneFile file;
  return file.holding(text);
}

rl::apps::LoadedPolicy policy_of(std::string_view text) {
  return rl::apps::read_policy(file_of(text), world());
}

rl::apps::StoredReward reward_of(std::string_view text) {
  return rl::apps::read_reward(file_of(text), world());
}

/// f(), which must not throw.
template <class F>
auto surely(F&& f) {
  try {
    return f();
  } catch (const std::invalid_argument&) {
    std::abort();
  }
}

void check_policy(const rl::apps::LoadedPolicy& loaded) {
  for (const double x : loaded.policy->rows().log_pi)
    if (std::isnan(x) || x > 1e-9) std::abort();
  const std::string text = policy_json(world(), loaded.choice, *loaded.policy);
  const auto again = surely([&] { return policy_of(text); });
  if (policy_json(world(), again.choice, *again.policy) != text) std::abort();
}

/// The hash that a refusal names, in place of the one in the text; empty where it names none.
std::string with_right_hash(std::string text, const std::string& error) {
  constexpr std::string_view kWrong = "its hash is \"";
  constexpr std::string_view kRight = "its parameters have \"";
  const std::size_t wrong = error.find(kWrong);
  const std::size_t right = error.find(kRight);
  if (wrong == std::string::npos || right == std::string::npos) return {};
  const std::size_t first = wrong + kWrong.size();
  const std::string old = '"' + error.substr(first, error.find('"', first) - first) + '"';
  const std::size_t at = text.find(old);
  if (at == std::string::npos) return {};
  return text.replace(at, old.size(), error.substr(right + kRight.size() - 1, 18));
}

void try_policy(const std::string& text) {
  std::string error;
  try {
    check_policy(policy_of(text));
  } catch (const std::invalid_argument& e) {
    error = e.what();
  }
  const std::string mended = with_right_hash(text, error);
  if (mended.empty()) return;
  try {
    check_policy(policy_of(mended));
  } catch (const std::invalid_argument&) {
  }
}

void try_reward(const std::string& text) {
  rl::apps::StoredReward reward;
  try {
    reward = reward_of(text);
  } catch (const std::invalid_argument&) {
    return;
  }
  const rl::RewardTable table = surely([&] { return table_of_reward(world(), reward, {}); });
  if (table.rows() != 3 || table.cols() != 2 || !table.allFinite()) std::abort();
  const std::string written = reward_json(world(), reward);
  const auto again = surely([&] { return reward_of(written); });
  if (reward_json(world(), again) != written) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text{reinterpret_cast<const char*>(data), size};
  try_policy(text);
  try_reward(text);
  return 0;
}
