#pragma once
/// \file
/// What a person may reply to a question, as a key or as a word of piped input.
#include <string>

#include "apps/terminal.hpp"

namespace rl::apps {

enum class LabelReply : int { first, second, tie, skip, undo, quit, unknown };

LabelReply reply_of_key(const Key& key);
LabelReply reply_of_word(const std::string& word);

/// "no answer is 'frist'; did you mean 'first'?"
std::string unknown_reply(const std::string& word);

}  // namespace rl::apps
