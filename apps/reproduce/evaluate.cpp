#include "apps/reproduce/evaluate.hpp"

#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>

#include "apps/reproduce/result.hpp"
#include "rl/files.hpp"
#include "rl/json_text.hpp"

namespace rl::reproduce {

namespace {

constexpr const char* kUsage = "usage: evaluate CASES.json [--only PREFIX]";

struct Request {
  std::string file;
  std::string prefix;
};

Request parse(const std::vector<std::string>& words) {
  Request request;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--only" && i + 1 < words.size())
      request.prefix = words[++i];
    else if (word.rfind("--only=", 0) == 0)
      request.prefix = word.substr(7);
    else if (word.rfind("--", 0) != 0 && request.file.empty())
      request.file = word;
    else
      throw std::invalid_argument("unexpected '" + word + "'; " + kUsage);
  }
  if (request.file.empty()) throw std::invalid_argument(kUsage);
  return request;
}

}  // namespace

int evaluate_program(const Registry& registry, const std::vector<std::string>& words,
                     std::ostream& out, std::ostream& err) {
  try {
    const Request request = parse(words);
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (const Case& c :
         read_cases(parse_json(read_file(request.file), request.file), request.file))
      if (c.id.rfind(request.prefix, 0) == 0) rows.push_back(evaluate_json(evaluate(registry, c)));
    out << rows.dump(1) << '\n';
    out.flush();
    if (out) return 0;
    err << "evaluate: stdout could not be written\n";
    return 3;
  } catch (const std::invalid_argument& e) {
    err << "evaluate: " << e.what() << '\n';
    return 2;
  }
}

}  // namespace rl::reproduce
