#include "apps/rlhf/labelling_replies.hpp"

#include <fmt/format.h>

#include <vector>

#include "rl/text.hpp"

namespace rl::apps {

namespace {

struct ReplyWord {
  const char* word;
  LabelReply reply;
};
constexpr ReplyWord kReplyWords[] = {
    {"1", LabelReply::first},   {"first", LabelReply::first},   {"left", LabelReply::first},
    {"2", LabelReply::second},  {"second", LabelReply::second}, {"right", LabelReply::second},
    {"t", LabelReply::tie},     {"0", LabelReply::tie},         {"tie", LabelReply::tie},
    {"s", LabelReply::skip},    {"skip", LabelReply::skip},     {"u", LabelReply::undo},
    {"undo", LabelReply::undo}, {"q", LabelReply::quit},        {"quit", LabelReply::quit},
};

}  // namespace

LabelReply reply_of_key(const Key& key) {
  if (key.kind == Key::Kind::left || key.is('1')) return LabelReply::first;
  if (key.kind == Key::Kind::right || key.is('2')) return LabelReply::second;
  if (key.is('t') || key.is('0')) return LabelReply::tie;
  if (key.is('s')) return LabelReply::skip;
  if (key.kind == Key::Kind::backspace || key.is('u')) return LabelReply::undo;
  if (key.kind == Key::Kind::end || key.is('q')) return LabelReply::quit;
  return LabelReply::unknown;
}

LabelReply reply_of_word(const std::string& word) {
  for (const ReplyWord& known : kReplyWords)
    if (known.word == word) return known.reply;
  return LabelReply::unknown;
}

std::string unknown_reply(const std::string& word) {
  std::vector<std::string> words;
  for (const ReplyWord& known : kReplyWords) words.emplace_back(known.word);
  const std::string nearest = word.size() > 1 ? nearest_name(word, words) : "";
  return fmt::format("no answer is '{}'{}", clipped(word),
                     nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest));
}

}  // namespace rl::apps
