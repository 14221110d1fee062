#pragma once
/// \file
/// A small language, data in it, and the trainers' commands on them.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/apps/program.hpp"

namespace tests {

using Words = std::vector<std::string>;

inline const std::string kTrainerWorld = "token_world:vocabulary=3,max_length=2,prompts=2";

/// A folder with pairs and demonstrations, and the words that name them.
struct TrainerData : Folder {
  TrainerData() {
    file("pairs.jsonl",
         "{\"prompt\":\"p0\",\"chosen\":\"1 2\",\"rejected\":\"0\"}\n"
         "{\"prompt\":\"p0\",\"chosen\":\"1 0\",\"rejected\":\"2 2\"}\n"
         "{\"prompt\":\"p0\",\"chosen\":\"2 2\",\"rejected\":\"1 2\"}\n"
         "{\"prompt\":\"p1\",\"chosen\":\"2 1\",\"rejected\":\"1 1\"}\n"
         "{\"prompt\":\"p1\",\"chosen\":\"1 1\",\"rejected\":\"2 0\"}\n"
         "{\"prompt\":\"p1\",\"chosen\":\"2 0\",\"rejected\":\"2 1\"}\n");
    file("shown.jsonl",
         "{\"prompt\":\"p0\",\"completion\":\"1 2\"}\n"
         "{\"prompt\":\"p0\",\"completion\":\"1 0\"}\n"
         "{\"prompt\":\"p1\",\"completion\":\"2 1\"}\n");
  }
  std::string at(const std::string& name) const { return *this / name; }
  Output run(const std::string& command, Words words, const Surroundings& around = {}) const {
    words.insert(words.begin(), {"rlhf", command, "--env", kTrainerWorld});
    return rlbook(words, around);
  }
  Words pairs(const Words& more = {}) const {
    Words words = {"--dataset", at("pairs.jsonl")};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
};

/// What a command that was told wrongly says, on one line.
inline std::string error_of_run(const Output& x) {
  CHECK(x.code == 2);
  return one_line(x.err);
}

}  // namespace tests
