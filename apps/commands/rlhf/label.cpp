// rlbook rlhf label: a person compares two ways of acting, and the answers are preference data.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <fstream>
#include <istream>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "algorithms/preference/annotator.hpp"
#include "apps/commands/rlhf/rlhf.hpp"
#include "apps/comparison_text.hpp"
#include "apps/experiment.hpp"
#include "apps/layout.hpp"
#include "apps/picture.hpp"
#include "apps/rlhf/option_flags.hpp"
#include "apps/rlhf/preference_data.hpp"
#include "apps/terminal.hpp"
#include "rl/files.hpp"
#include "rl/text.hpp"

namespace rl::apps {

namespace {

namespace fs = std::filesystem;

// ---- questions ----------------------------------------------------------------------------------

/// One of the two that are compared.
struct ShownSide {
  std::string text;                ///< as it stands in a file; of a segment what tells it apart
  std::optional<Segment> segment;  ///< where the world is known
};

struct LabelQuestion {
  std::string prompt;
  ShownSide first, second;
  std::optional<std::size_t> again = std::nullopt;  ///< the question that this one repeats
};

/// The same two under the same prompt, whichever stands first.
std::string key_of_two(const std::string& prompt, const std::string& a, const std::string& b) {
  return fmt::format("{}\n{}\n{}", prompt, std::min(a, b), std::max(a, b));
}
std::string key_of_question(const LabelQuestion& q) {
  return key_of_two(q.prompt, q.first.text, q.second.text);
}

LabelQuestion question_of(const PreferencePair& pair, const PreferenceWorld* world) {
  LabelQuestion q{pair.prompt, {pair.chosen, std::nullopt}, {pair.rejected, std::nullopt}};
  if (world == nullptr) return q;
  SegmentPair segments = segment_pair(*world, pair);
  q.first.segment = std::move(segments.first);
  q.second.segment = std::move(segments.second);
  return q;
}

ShownSide side_of(Segment segment, const PreferenceWorld* world) {
  if (world != nullptr) {
    require_segment_of(*world, segment);
    fill_in_rewards(*world, segment);
  }
  std::string key = segment_key(segment);
  return {std::move(key), std::move(segment)};
}

/// What is asked, in order.
struct QuestionList {
  DataFormat format = DataFormat::pairs;  ///< pairs or segment_pairs
  std::vector<LabelQuestion> questions;
  std::optional<PreferenceWorld> world;
};

class QuestionMaker {
 public:
  QuestionMaker(const Registry& registry, const Arguments& arguments, Console& console)
      : registry_(registry),
        arguments_(arguments),
        console_(console),
        rng_(static_cast<std::uint64_t>(*arguments.integer("seed"))) {}

  QuestionList operator()() {
    if (arguments_.operands().empty())
      draw_pairs();
    else
      take_pairs(arguments_.operands().front());
    if (list_.questions.empty()) throw std::invalid_argument("there is nothing to compare");
    repeat_some();
    return std::move(list_);
  }

 private:
  void draw_pairs() {
    constexpr std::int64_t kUsual = 20;
    for (const FlagSpec& flag : key_flags()) refuse(flag.name, "where no file is read");
    list_.world.emplace(preference_world_of(registry_, arguments_));
    const PreferenceWorld& world = *list_.world;
    const bool texts = world.tree() != nullptr;
    list_.format = texts ? DataFormat::pairs : DataFormat::segment_pairs;
    const PairSource draw =
        pair_source(world, data_policy(world, arguments_).policy, arguments_, texts);
    const auto n =
        static_cast<std::size_t>(arguments_.integer("num", 1, 1'000'000).value_or(kUsual));
    for (SegmentPair& pair : sample_pairs(n, draw, rng_.split("pairs"))) {
      if (texts) {
        pair.preference = 1;
        list_.questions.push_back(question_of(text_pair(world, pair), &world));
      } else {
        list_.questions.push_back({std::string(), side_of(std::move(pair.first), &world),
                                   side_of(std::move(pair.second), &world)});
      }
    }
  }

  void take_pairs(const std::string& path) {
    for (const FlagSpec& flag : drawing_flags()) refuse(flag.name, "on the pairs of a file");
    const PreferenceData data = read_preference_data(path, arguments_);
    tell_unread_keys(data, console_);
    if (data.format != DataFormat::segment_pairs && data.pairs.empty())
      throw std::invalid_argument(
          fmt::format("{}: holds {}, here pairs are needed", path, format_name(data.format)));
    list_.format = data.format == DataFormat::segment_pairs ? data.format : DataFormat::pairs;
    find_world(data);
    add_pairs(data, list_.world ? &*list_.world : nullptr);
    if (const auto n = arguments_.integer("num", 1))
      list_.questions.resize(std::min(list_.questions.size(), static_cast<std::size_t>(*n)));
    for (std::size_t i = 0; i < list_.questions.size(); ++i)  // the file's answer is not told
      if (rng_.split("sides").split(i).flip(0.5))
        std::swap(list_.questions[i].first, list_.questions[i].second);
  }

  /// Without --env the texts may be those of the usual world, or of none that is known here.
  void find_world(const PreferenceData& data) {
    list_.world.emplace(preference_world_of(registry_, arguments_));
    if (arguments_.given("env")) return;
    try {
      add_pairs(data, &*list_.world);
    } catch (const std::invalid_argument& e) {
      console_.note(
          fmt::format("shown as they stand, without a world's rewards: these are not of {} ({})",
                      list_.world->name(), e.what()));
      list_.world.reset();
      if (arguments_.is_on("show_rewards"))
        throw std::invalid_argument("--show-rewards needs the world of these pairs: --env");
    }
  }

  void add_pairs(const PreferenceData& data, const PreferenceWorld* world) {
    list_.questions.clear();
    std::size_t same = 0;
    for (std::size_t i = 0; i < data.size(); ++i) {
      try {
        LabelQuestion q = list_.format == DataFormat::pairs
                              ? question_of(data.pairs[i], world)
                              : LabelQuestion{std::string(), side_of(data.segments[i].first, world),
                                              side_of(data.segments[i].second, world)};
        if (q.first.text == q.second.text)
          ++same;
        else
          list_.questions.push_back(std::move(q));
      } catch (const std::invalid_argument& e) {
        throw std::invalid_argument(fmt::format("{}: record {}: {}", data.file, i + 1, e.what()));
      }
    }
    if (same > 0 && (world == nullptr || arguments_.given("env")))
      console_.note(fmt::format("{} of one response with itself left out", plural(same, "pair")));
  }

  /// Some of them once more at the end, the other way round.
  void repeat_some() {
    const auto n = static_cast<std::size_t>(*arguments_.integer("repeat", 0));
    const std::size_t asked = list_.questions.size();
    if (n > asked)
      throw std::invalid_argument(
          fmt::format("--repeat: {} of {} cannot be asked again", n, plural(asked, "question")));
    std::vector<std::size_t> order(asked);
    std::iota(order.begin(), order.end(), std::size_t{0});
    Rng rng = rng_.split("repeat");
    for (std::size_t k = 0; k < n; ++k) {
      const auto left = static_cast<std::int32_t>(asked - k);
      std::swap(order[k], order[k + static_cast<std::size_t>(rng.index(left))]);
      LabelQuestion q = list_.questions[order[k]];
      std::swap(q.first, q.second);
      q.again = order[k];
      list_.questions.push_back(std::move(q));
    }
  }

  void refuse(const std::string& flag, const char* where) const {
    if (!arguments_.given(flag)) return;
    std::string name = flag;
    std::replace(name.begin(), name.end(), '_', '-');
    throw std::invalid_argument(fmt::format("--{} has no effect {}", name, where));
  }

  const Registry& registry_;
  const Arguments& arguments_;
  Console& console_;
  Rng rng_;
  QuestionList list_;
};

// ---- the file -----------------------------------------------------------------------------------

/// Answers, appended one by one, so that whatever happens those that were given stand there.
class AnswerFile {
 public:
  AnswerFile(const std::string& path, const std::string& input, bool force, bool resume)
      : path_(path) {
    const auto refuse = [&](const std::string& what) {
      throw std::invalid_argument(fmt::format("{}: {}", path, what));
    };
    if (force && resume)
      throw std::invalid_argument(
          "--force deletes answers, --resume goes on with them: one of them");
    std::error_code error;
    const fs::file_status status = fs::status(path_, error);
    if (fs::exists(status) && !fs::is_regular_file(status))
      refuse("is no regular file, from which answers can be taken back");
    if (fs::exists(status) && !input.empty() && fs::equivalent(path_, input, error))
      refuse("is the file that is labelled anew; --out names another");
    exists_ = fs::exists(status) && fs::file_size(path_) > 0;
    if (exists_ && !force && !resume)
      refuse("exists already; --resume goes on with it, --force replaces it");
    std::ofstream file(path_, std::ios::binary | (resume ? std::ios::app : std::ios::trunc));
    if (!file) refuse("cannot be written");
    if (!resume) exists_ = false;
  }
  ~AnswerFile() {
    std::error_code error;
    if (fs::file_size(path_, error) == 0 && !error) fs::remove(path_, error);
  }
  AnswerFile(const AnswerFile&) = delete;
  AnswerFile& operator=(const AnswerFile&) = delete;

  const std::string& path() const { return path_; }
  /// Holds answers of an earlier time.
  bool has_answers() const { return exists_; }
  std::uintmax_t size() const { return fs::file_size(path_); }
  void append(const std::string& line) {
    const bool broken = !ends_with_newline();
    std::ofstream file(path_, std::ios::binary | std::ios::app);
    file << (broken ? "\n" : "") << line;
    file.close();
    if (!file) throw std::runtime_error(path_ + ": the answer could not be written");
  }
  void cut(std::uintmax_t size) { fs::resize_file(path_, size); }

 private:
  bool ends_with_newline() const {
    std::ifstream file(path_, std::ios::binary | std::ios::ate);
    if (file.tellg() <= 0) return true;
    file.seekg(-1, std::ios::end);
    return file.get() == '\n';
  }

  std::string path_;
  bool exists_ = false;
};

// ---- answers ------------------------------------------------------------------------------------

enum class LabelReply : int { first, second, tie, skip, undo, quit, unknown };

LabelReply reply_of_key(const Key& key) {
  if (key.kind == Key::Kind::left || key.is('1')) return LabelReply::first;
  if (key.kind == Key::Kind::right || key.is('2')) return LabelReply::second;
  if (key.is('t') || key.is('0')) return LabelReply::tie;
  if (key.is('s')) return LabelReply::skip;
  if (key.kind == Key::Kind::backspace || key.is('u')) return LabelReply::undo;
  if (key.kind == Key::Kind::end || key.is('q')) return LabelReply::quit;
  return LabelReply::unknown;
}

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

LabelReply reply_of_word(const std::string& word) {
  for (const ReplyWord& known : kReplyWords)
    if (known.word == word) return known.reply;
  return LabelReply::unknown;
}

/// "no answer is 'frist'; did you mean 'first'?"
std::string unknown_reply(const std::string& word) {
  std::vector<std::string> words;
  for (const ReplyWord& known : kReplyWords) words.emplace_back(known.word);
  const std::string nearest = word.size() > 1 ? nearest_name(word, words) : "";
  return fmt::format("no answer is '{}'{}", clipped(word),
                     nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest));
}

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

// ---- the conversation ---------------------------------------------------------------------------

class LabelSession {
 public:
  LabelSession(const Arguments& arguments, Console& console, QuestionList list, AnswerFile& file)
      : arguments_(arguments),
        console_(console),
        list_(std::move(list)),
        file_(file),
        answers_(list_.questions.size()),
        skipped_(list_.questions.size(), false) {
    if (file_.has_answers()) resume();
  }

  int operator()() {
    converse();
    tell();
    return kOk;
  }

 private:
  // ---- asking -----------------------------------------------------------------------------------

  void converse() {
    const bool by_keys =
        console_.in_is_terminal && console_.out_is_terminal && RawTerminal::possible();
    std::unique_ptr<KeySource> keys;
    if (by_keys)
      keys = std::make_unique<RawTerminal>();
    else
      console_.out << paragraph(kHelp);
    for (;;) {
      const std::optional<std::size_t> q = next_question();
      if (!q) return;
      const std::string page = page_of(*q) + (note_.empty() ? "" : paragraph(note_));
      if (keys)
        show_page(console_, *keys, paragraph(kHelp) + page);
      else
        console_.out << page << std::flush;
      note_.clear();
      const LabelReply reply = keys ? reply_of_key(keys->next()) : reply_of_line();
      if (reply == LabelReply::quit || console_.interrupted()) return;
      take(*q, reply);
    }
  }

  LabelReply reply_of_line() {
    std::string word;
    if (!(console_.in >> word)) return LabelReply::quit;
    const LabelReply reply = reply_of_word(word);
    if (reply == LabelReply::unknown) note_ = unknown_reply(word);
    return reply;
  }

  /// The first that is open; what was skipped is not asked again.
  std::optional<std::size_t> next_question() const {
    for (std::size_t q = 0; q < answers_.size(); ++q) {
      const std::optional<std::size_t> again = list_.questions[q].again;
      if (!answers_[q] && !skipped_[q] && (!again || answers_[*again])) return q;
    }
    return std::nullopt;
  }

  void take(std::size_t q, LabelReply reply) {
    switch (reply) {
      case LabelReply::first:
        return answer(q, 1);
      case LabelReply::second:
        return answer(q, 0);
      case LabelReply::tie:
        return answer(q, 0.5);
      case LabelReply::skip:
        past_.push_back({q, file_.size()});
        skipped_[q] = true;
        return;
      case LabelReply::undo:
        return undo();
      case LabelReply::quit:
      case LabelReply::unknown:
        break;
    }
  }

  void answer(std::size_t q, double preference) {
    past_.push_back({q, file_.size()});
    file_.append(line_of(list_.questions[q], preference));
    answers_[q] = preference;
  }

  void undo() {
    if (past_.empty()) {
      note_ = "nothing to undo";
      return;
    }
    const Moment last = past_.back();
    past_.pop_back();
    file_.cut(last.file_size);
    answers_[last.question].reset();
    skipped_[last.question] = false;
  }

  // ---- the file ---------------------------------------------------------------------------------

  /// Without rewards: a person saw none, and would not have gone by them.
  std::string line_of(const LabelQuestion& q, double preference) const {
    if (list_.format == DataFormat::segment_pairs) {
      SegmentPair pair{*q.first.segment, *q.second.segment, preference,
                       R"({"annotator":"person"})"};
      pair.first.rewards.clear();
      pair.second.rewards.clear();
      return write_segment_pairs({&pair, 1});
    }
    PreferencePair pair;
    pair.prompt = q.prompt;
    pair.chosen = preference >= 0.5 ? q.first.text : q.second.text;
    pair.rejected = preference >= 0.5 ? q.second.text : q.first.text;
    pair.tie = preference == 0.5;
    return rl::write_pairs({&pair, 1});
  }

  /// Answers of an earlier time belong to the first questions about the same two.
  void resume() {
    const PreferenceData data = read_answers();
    std::map<std::string, std::deque<Comparison>> given;
    for (Comparison& c : list_.format == DataFormat::pairs ? comparisons_of(data.pairs)
                                                           : comparisons_of(data.segments))
      given[key_of_two(c.prompt, c.first, c.second)].push_back(std::move(c));
    std::size_t taken = 0;
    for (std::size_t q = 0; q < answers_.size(); ++q) {
      const LabelQuestion& question = list_.questions[q];
      auto& found = given[key_of_question(question)];
      if (found.empty()) continue;
      const Comparison& c = found.front();
      answers_[q] = c.first == question.first.text ? c.preference : 1 - c.preference;
      found.pop_front();
      ++taken;
    }
    console_.note(fmt::format("{} of {} found in {}", plural(taken, "answer"),
                              plural(answers_.size(), "question"), file_.path()));
    if (data.size() > taken)
      console_.warn(fmt::format(
          "{} in {} belong to none of these questions and stay there: --env, --num, --seed and "
          "--repeat decide what is asked",
          plural(data.size() - taken, "answer"), file_.path()));
  }

  PreferenceData read_answers() const {
    PreferenceData data =
        read_preference_data(file_.path(), arguments_.bytes("file_limit").value_or(kMaxFileBytes));
    if (data.format != list_.format)
      throw std::invalid_argument(fmt::format("{}: holds {}, here {} are written", file_.path(),
                                              format_name(data.format), format_name(list_.format)));
    return data;
  }

  // ---- what is shown ----------------------------------------------------------------------------

  static constexpr const char* kHelp =
      "Which of the two is better? 1 or left: the first, 2 or right: the second, t or 0: a tie, "
      "s skip, u undo, q quit.";

  std::string paragraph(const std::string& text, int width) const {
    std::string lines;
    for (const std::string& line : wrap(text, width, 2)) lines += line + '\n';
    return lines;
  }
  std::string paragraph(const std::string& text) const { return paragraph(text, console_.columns); }

  std::string page_of(std::size_t q) const {
    const LabelQuestion& question = list_.questions[q];
    std::string heading = fmt::format("question {} of {}", q + 1, answers_.size());
    if (!question.prompt.empty()) heading += ": " + question.prompt;
    std::string page = "\n";
    for (const std::string& line : wrap(heading, console_.columns, 2))
      page += console_.style(line, "1") + '\n';
    constexpr int kGap = 3;
    const int half = (console_.columns - kGap) / 2;
    if (is_drawn() && narrowest_drawing(question) <= half)
      return page + beside(side_text("1", question.first, half),
                           side_text("2", question.second, half), half + kGap);
    return page + side_text("1", question.first, console_.columns) +
           side_text("2", question.second, console_.columns);
  }

  /// On the world's picture; responses are words.
  bool is_drawn() const {
    return list_.world && list_.world->tree() == nullptr &&
           !list_.world->problem().picture.panels.empty() &&
           list_.world->model().num_states() <= kLargestDrawing;
  }

  /// Columns of the picture where nothing is squeezed: those of its first line.
  int narrowest_drawing(const LabelQuestion& q) const {
    const std::string drawing = drawing_of(*q.first.segment, console_.columns);
    return display_width(std::string_view(drawing).substr(0, drawing.find('\n')));
  }

  std::string drawing_of(const Segment& segment, int width) const {
    PictureContent content;
    content.trajectory = segment.states;
    content.agent = segment.states.back();
    content.agent_name = "end";
    TerminalStyle style = terminal_style(console_);
    style.width = width;
    return draw_terminal(list_.world->problem().picture, content, style);
  }

  std::string side_text(const std::string& number, const ShownSide& side, int width) const {
    std::string text = paragraph(fmt::format("{}: {}", number, way_of(side)), width);
    if (side.segment && arguments_.is_on("show_rewards") && !side.segment->rewards.empty())
      text +=
          paragraph(fmt::format("   rewards {:g}: sum {:g}", fmt::join(side.segment->rewards, ", "),
                                truth_.score(*side.segment)),
                    width);
    if (is_drawn()) text += drawing_of(*side.segment, width);
    return text;
  }

  /// "word 3, word 1, end", "s1 right s2 down s7", or the text as it stands.
  std::string way_of(const ShownSide& side) const {
    if (!side.segment) return side.text;
    const Segment& segment = *side.segment;
    if (!list_.world)
      return fmt::format("states {}; actions {}", fmt::join(segment.states, " "),
                         fmt::join(segment.actions, " "));
    const Picture& picture = list_.world->problem().picture;
    std::string way;
    if (list_.world->tree() != nullptr) {
      for (const Action a : segment.actions)
        way += (way.empty() ? "" : ", ") + picture.action_name(a);
      return way;
    }
    for (std::size_t t = 0; t < segment.length(); ++t) {
      if (list_.world->model().terminal(segment.states[t])) break;  // it only waits there
      way += fmt::format("{} {} ", picture.state_name(segment.states[t]),
                         picture.action_name(segment.actions[t]));
    }
    return way + picture.state_name(segment.states.back());
  }

  /// Two texts, the second from `column` on.
  static std::string beside(const std::string& left, const std::string& right, int column) {
    std::istringstream left_lines(left), right_lines(right);
    std::string joined, a, b;
    for (;;) {
      const bool more_left = static_cast<bool>(std::getline(left_lines, a));
      const bool more_right = static_cast<bool>(std::getline(right_lines, b));
      if (!more_left && !more_right) return joined;
      if (!more_left) a.clear();
      if (!more_right) b.clear();
      const int blanks = b.empty() ? 0 : std::max(column - display_width(a), 1);
      joined.append(a).append(static_cast<std::size_t>(blanks), ' ').append(b) += '\n';
    }
  }

  // ---- the end ----------------------------------------------------------------------------------

  void tell() const {
    std::size_t first = 0, second = 0, ties = 0;
    AgreementCount truth, self;
    for (std::size_t q = 0; q < answers_.size(); ++q) {
      if (!answers_[q]) continue;
      const double answer = *answers_[q];
      ++(answer > 0.5 ? first : answer < 0.5 ? second : ties);
      if (const auto better = truly_better(list_.questions[q]); better && answer != 0.5)
        truth.add(*better == (answer > 0.5));
      if (const auto again = list_.questions[q].again; again && answers_[*again])
        self.add(answer == 1 - *answers_[*again]);
    }
    const std::size_t answered = first + second + ties;
    const auto skipped = std::count(skipped_.begin(), skipped_.end(), true);
    console_.out << '\n';
    write_wrapped(console_,
                  fmt::format("{}: the first preferred {}, the second {}, ties {}; skipped {}",
                              plural(answered, "answer"), first, second, ties, skipped));
    if (truth.of > 0) write_wrapped(console_, "with the true rewards: " + truth.text());
    if (self.of > 0)
      write_wrapped(console_, "with yourself, asked again the other way round: " + self.text());
    if (answered > 0) console_.note("written: " + file_.path());
  }

  /// Whether the first one is, by the world's rewards; empty where they are equal or unknown.
  std::optional<bool> truly_better(const LabelQuestion& q) const {
    if (!list_.world || !q.first.segment || q.first.segment->rewards.empty() ||
        q.second.segment->rewards.empty())
      return std::nullopt;
    const double a = truth_.score(*q.first.segment);
    const double b = truth_.score(*q.second.segment);
    return a == b ? std::nullopt : std::optional(a > b);
  }

  /// What stood before an answer.
  struct Moment {
    std::size_t question;
    std::uintmax_t file_size;
  };

  const Arguments& arguments_;
  Console& console_;
  QuestionList list_;
  AnswerFile& file_;
  Annotator truth_{AnnotatorOptions{}};
  std::vector<std::optional<double>> answers_;  // P(first is better)
  std::vector<bool> skipped_;
  std::vector<Moment> past_;
  std::string note_;
};

int run_label(const Registry& registry, const Arguments& arguments, Console& console) {
  const std::string out = arguments.needed("out");
  QuestionList list = QuestionMaker(registry, arguments, console)();
  const std::string input =
      arguments.operands().empty() ? std::string() : arguments.operands().front();
  AnswerFile file(out, input, arguments.is_on("force"), arguments.is_on("resume"));
  return LabelSession(arguments, console, std::move(list), file)();
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
      {"num", "N", "pairs that are drawn (20), or the first N of the file"},
      {"repeat", "N", "so many are asked again at the end, the other way round", "0"},
      {"show_rewards", "", "show the true rewards, which is what a person is asked to guess"},
      {"resume", "", "go on after the answers that the file has"}};
  add_flags(flags, drawing_flags());
  add_flags(flags, key_flags());
  add_flags(flags, {world_seed_flag()});
  add_flags(flags, shared_flags({"gamma", "start", "seed", "memory_limit", "file_limit", "force",
                                 "quiet", "color", "ascii", "config", "set", "print_config"}));
  return {{.command = "rlhf label",
           .usage = "[PAIRS.jsonl] --out FILE [--env WORLD] [--num 20]",
           .doc = "a person is the annotator: compare two ways of acting in the terminal",
           .operands = {"[FILE]", 0, 1},
           .flags = std::move(flags),
           .examples = {"rlhf label --env mfrl_5x5 --num 30 --repeat 5 --out grid.jsonl",
                        "rlhf label pairs.jsonl --out mine.jsonl --resume",
                        "rlhf dpo --dataset mine.jsonl --output-dir dpo"}},
          run_label};
}

}  // namespace rl::apps
