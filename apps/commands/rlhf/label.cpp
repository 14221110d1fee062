// rlbook rlhf label: a person compares two ways of acting, and the answers are preference data.
#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "apps/commands/rlhf/rlhf.hpp"
#include "apps/comparison_text.hpp"
#include "apps/experiment.hpp"
#include "apps/rlhf/labelling_answers.hpp"
#include "apps/rlhf/labelling_dispute.hpp"
#include "apps/rlhf/labelling_order.hpp"
#include "apps/rlhf/labelling_page.hpp"
#include "apps/rlhf/labelling_questions.hpp"
#include "apps/rlhf/labelling_replies.hpp"
#include "apps/rlhf/option_flags.hpp"
#include "apps/rlhf/preference_data.hpp"
#include "apps/terminal.hpp"
#include "rl/files.hpp"

namespace rl::apps {

namespace {

/// How often two opinions were the same, of how many.
struct AgreementCount {
  std::size_t same = 0, of = 0;
  void add(bool agreed) {
    same += agreed ? 1 : 0;
    ++of;
  }
  std::string text() const {
    return fmt::format("{} of {} ({:.0f} %)", same, of,
                       100 * static_cast<double>(same) / static_cast<double>(of));
  }
};

constexpr const char* kLabelHelp =
    "Which of the two is better? 1 or left: the first, 2 or right: the second, t or 0: a tie, "
    "s skip, u undo, q quit.";

/// The conversation.
class LabelSession {
 public:
  LabelSession(const Arguments& arguments, Console& console, const LabelQuestions& list,
               DisputeRanking* disputes, AnswerFile& file)
      : console_(console),
        list_(list),
        disputes_(disputes),
        file_(file),
        page_(list, console, arguments.is_on("show_rewards")),
        progress_(list) {
    if (file_.has_answers()) resume(arguments.bytes("file_limit").value_or(kMaxFileBytes));
  }

  int operator()() {
    converse();
    tell();
    return kOk;
  }

 private:
  void resume(std::uint64_t max_bytes) {
    EarlierAnswers earlier = earlier_answers(list_, file_, max_bytes);
    progress_ = std::move(earlier.progress);
    const std::size_t taken = progress_.num_answers();
    console_.note(fmt::format("{} of {} found in {}", plural(taken, "answer"),
                              plural(list_.num_questions(), "question"), file_.path()));
    if (earlier.in_file > taken)
      console_.warn(fmt::format(
          "{} in {} belong to none of these questions and stay there: --env, --num, --seed and "
          "--repeat decide what is asked",
          plural(earlier.in_file - taken, "answer"), file_.path()));
  }

  // ---- asking -----------------------------------------------------------------------------------

  void converse() {
    const std::string help = label_paragraph(kLabelHelp, console_.columns);
    std::unique_ptr<KeySource> keys;
    if (console_.in_is_terminal && console_.out_is_terminal && RawTerminal::possible())
      keys = std::make_unique<RawTerminal>();
    else
      console_.out << help;
    while (const auto put = next_question(list_, progress_, disputes_)) {
      const std::string page = page_of(*put);
      if (keys)
        show_page(console_, *keys, help + page);
      else
        console_.out << page << std::flush;
      const LabelReply reply = keys ? reply_of_key(keys->next()) : reply_of_line();
      if (reply == LabelReply::quit || console_.interrupted()) return;
      take(*put, reply);
    }
  }

  std::string page_of(const PutQuestion& put) {
    const std::string heading = fmt::format(
        "question {} of {}", number_of_question(list_, progress_, put), list_.num_questions());
    const std::string reason =
        disputes_ != nullptr && !put.repeat ? disputes_->reason(put.question) : "";
    std::string page = page_.text(as_put(list_, put), heading, reason);
    if (!note_.empty()) page += label_paragraph(note_, console_.columns);
    note_.clear();
    return page;
  }

  LabelReply reply_of_line() {
    std::string word;
    if (!(console_.in >> word)) return LabelReply::quit;
    const LabelReply reply = reply_of_word(word);
    if (reply == LabelReply::unknown) note_ = unknown_reply(word);
    return reply;
  }

  void take(const PutQuestion& put, LabelReply reply) {
    switch (reply) {
      case LabelReply::first:
        return answer(put, 1);
      case LabelReply::second:
        return answer(put, 0);
      case LabelReply::tie:
        return answer(put, 0.5);
      case LabelReply::skip:
        past_.push_back({put, file_.size()});
        return set_skipped(put, true);
      case LabelReply::undo:
        return undo();
      case LabelReply::quit:
      case LabelReply::unknown:
        break;
    }
  }

  void answer(const PutQuestion& put, double preference) {
    past_.push_back({put, file_.size()});
    file_.append(answer_line(list_.format, as_put(list_, put), preference));
    if (put.repeat)
      progress_.again[*put.repeat] = preference;
    else
      progress_.answers.push_back({put.question, preference});
  }

  void set_skipped(const PutQuestion& put, bool skipped) {
    if (put.repeat)
      progress_.again_skipped[*put.repeat] = skipped;
    else
      progress_.skipped[put.question] = skipped;
  }

  void undo() {
    if (past_.empty()) {
      note_ = "nothing to undo";
      return;
    }
    const auto [put, file_size] = past_.back();
    past_.pop_back();
    if (file_.size() == file_size) return set_skipped(put, false);
    file_.cut(file_size);
    if (put.repeat)
      progress_.again[*put.repeat].reset();
    else
      progress_.answers.pop_back();
  }

  // ---- the end ----------------------------------------------------------------------------------

  void tell() {
    for (const LabelAnswer& answer : progress_.answers)
      count({answer.question, std::nullopt}, answer.preference);
    AgreementCount self;
    for (std::size_t r = 0; r < list_.again.size(); ++r) {
      const auto q = repeated_question(list_, progress_, r);
      if (!q || !progress_.again[r]) continue;
      count({*q, r}, *progress_.again[r]);
      self.add(*progress_.again[r] == 1 - progress_.answer_to(*q)->preference);
    }
    console_.out << '\n';
    write_wrapped(console_,
                  fmt::format("{}: the first preferred {}, the second {}, ties {}; skipped {}",
                              plural(progress_.num_answers(), "answer"), first_, second_, ties_,
                              progress_.num_skipped()));
    if (truth_.of > 0) write_wrapped(console_, "with the true rewards: " + truth_.text());
    if (self.of > 0)
      write_wrapped(console_, "with yourself, asked again the other way round: " + self.text());
    if (progress_.num_answers() > 0) console_.note("written: " + file_.path());
  }

  void count(const PutQuestion& put, double preference) {
    ++(preference > 0.5 ? first_ : preference < 0.5 ? second_ : ties_);
    const auto better = truly_better(as_put(list_, put));
    if (better && preference != 0.5) truth_.add(*better == (preference > 0.5));
  }

  /// Whether the first one is, by the world's rewards; empty where they are equal or unknown.
  std::optional<bool> truly_better(const LabelQuestion& question) const {
    const auto a = true_return(question.first);
    const auto b = true_return(question.second);
    return !list_.world || !a || !b || *a == *b ? std::nullopt : std::optional(*a > *b);
  }

  /// What was put, and how long the file was before the reply.
  struct Moment {
    PutQuestion put;
    std::uintmax_t file_size;
  };

  Console& console_;
  const LabelQuestions& list_;
  DisputeRanking* disputes_;  // null: asked in the pool's order
  AnswerFile& file_;
  LabelPage page_;
  LabelProgress progress_;
  std::vector<Moment> past_;
  std::string note_;
  std::size_t first_ = 0, second_ = 0, ties_ = 0;
  AgreementCount truth_;
};

int run_label(const Registry& registry, const Arguments& arguments, Console& console) {
  const std::string out = arguments.needed("out");
  refuse_dispute_flags(arguments);
  const LabelQuestions list = label_questions(registry, arguments, console);
  std::optional<DisputeRanking> disputes = dispute_ranking(list, arguments);
  const std::string input =
      arguments.operands().empty() ? std::string() : arguments.operands().front();
  AnswerFile file(out, input, arguments.is_on("force"), arguments.is_on("resume"));
  return LabelSession(arguments, console, list, disputes ? &*disputes : nullptr, file)();
}

}  // namespace

Command rlhf_label_command() {
  FlagSpec env = shared_flag("env");
  env.fallback = "token_world";
  FlagSpec out = shared_flag("out");
  out.value = "FILE";
  out.doc = "answers are appended here, one by one, as JSONL";
  std::vector<FlagSpec> flags = {
      env,
      out,
      {"num", "N", "pairs that are asked about (20); of a file the first N, with --active any N"},
      {"repeat", "N", "so many are asked again at the end, the other way round", "0"},
      {"show_rewards", "", "show the true rewards, which is what a person is asked to guess"},
      {"resume", "", "go on after the answers that the file has"}};
  add_flags(flags, dispute_flags());
  add_flags(flags, drawing_flags());
  add_flags(flags, key_flags());
  add_flags(flags, {world_seed_flag()});
  add_flags(flags, shared_flags({"gamma", "start", "seed", "memory_limit", "file_limit", "force",
                                 "quiet", "color", "ascii", "config", "set", "print_config"}));
  return {{.command = "rlhf label",
           .usage = "[PAIRS.jsonl] --out FILE [--env WORLD] [--num 20] [--active logit]",
           .doc = "a person is the annotator: compare two ways of acting in the terminal",
           .operands = {"[FILE]", 0, 1},
           .flags = std::move(flags),
           .examples = {"rlhf label --env mfrl_5x5 --num 30 --repeat 5 --out grid.jsonl",
                        "rlhf label --env mfrl_5x5 --active logit --query-batch 5 --out grid.jsonl",
                        "rlhf label pairs.jsonl --out mine.jsonl --resume",
                        "rlhf dpo --dataset mine.jsonl --output-dir dpo"}},
          run_label};
}

}  // namespace rl::apps
