#include "apps/rlhf/policy_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>
#include <vector>

#include "apps/rlhf/folders.hpp"
#include "rl/files.hpp"
#include "rl/json_text.hpp"
#include "rl/options.hpp"

namespace rl::apps {

namespace {

constexpr const char* kPolicyFormat = "rlbook policy 1";

const nlohmann::json& key_of(const nlohmann::json& file, const char* key) {
  const auto found = file.find(key);
  if (found == file.end()) throw std::invalid_argument(fmt::format("'{}' is missing", key));
  return *found;
}

/// At least so many parameters has a network of one input and one output.
std::uint64_t least_parameters(const std::vector<int>& hidden) {
  std::uint64_t count = 0;
  std::uint64_t before = 1;
  for (const int units : hidden) {
    count += before * static_cast<std::uint64_t>(units);
    before = static_cast<std::uint64_t>(units);
  }
  return count;
}

LoadedPolicy policy_from(const nlohmann::json& file, const PreferenceWorld& world) {
  if (!file.is_object() || file.value("format", "") != kPolicyFormat)
    throw std::invalid_argument("is not a policy that rlbook wrote");
  if (const auto of = key_of(file, "environment").get<std::string>(); of != world.name())
    throw std::invalid_argument(
        fmt::format("is a policy of {}, here the world is {}", of, world.name()));
  if (key_of(file, "world") != world.fingerprint())
    throw std::invalid_argument(
        "is of a world with other options, another --world-seed, --gamma or --start");
  LoadedPolicy loaded;
  loaded.choice = parse(key_of(file, "policy"), PolicyChoice{});
  const auto w = key_of(file, "parameters").get<std::vector<double>>();
  // Before memory is taken for what the file does not hold.
  if (loaded.choice.policy_class == PolicyClass::network &&
      least_parameters(loaded.choice.network.hidden) > w.size())
    throw std::invalid_argument(fmt::format("has {} parameters, fewer than its network", w.size()));
  loaded.policy = world.make_policy(loaded.choice, 0);
  const std::size_t expected = loaded.policy->parameters().size();
  if (w.size() != expected)
    throw std::invalid_argument(
        fmt::format("has {} parameters, such a policy has {} here", w.size(), expected));
  loaded.policy->update(
      [&](std::span<double> parameters) { std::copy(w.begin(), w.end(), parameters.begin()); });
  if (!loaded.policy->has_probabilities())
    throw std::invalid_argument("its parameters give no probabilities");
  const std::string hash = FrozenPolicy(loaded.policy->rows()).hash();
  if (key_of(file, "hash") != hash)
    throw std::invalid_argument("was changed: its hash is " + key_of(file, "hash").dump() +
                                ", its parameters have \"" + hash + "\"");
  return loaded;
}

}  // namespace

std::string policy_json(const PreferenceWorld& world, const PolicyChoice& choice,
                        const RowPolicy& policy) {
  nlohmann::ordered_json file;
  file["format"] = kPolicyFormat;
  file["environment"] = world.name();
  file["world"] = world.fingerprint();
  file["policy"] = nlohmann::ordered_json::parse(to_json_text(choice));
  file["hash"] = FrozenPolicy(policy.rows()).hash();
  file["parameters"] = std::vector<double>(policy.parameters().begin(), policy.parameters().end());
  return file.dump() + '\n';
}

LoadedPolicy read_policy(const std::string& path, const PreferenceWorld& world) {
  const std::string file = file_in(path, kPolicyFile);
  const nlohmann::json json = parse_json(read_file(file), file);
  try {
    return policy_from(json, world);
  } catch (const nlohmann::json::exception&) {
    throw std::invalid_argument(file + ": a value has another type than in a policy");
  } catch (const std::invalid_argument& e) {
    throw std::invalid_argument(fmt::format("{}: {}", file, e.what()));
  }
}

}  // namespace rl::apps
