#pragma once
/// \file
/// A question as a person sees it: the two side by side on the world's picture where the terminal
/// is wide enough, else one above the other; responses as words.
#include <string>

#include "apps/console.hpp"
#include "apps/rlhf/labelling_questions.hpp"

namespace rl::apps {

/// Broken at `width` columns, each line with its end.
std::string label_paragraph(const std::string& text, int width);

class LabelPage {
 public:
  /// `list` and `console` are kept as references.
  LabelPage(const LabelQuestions& list, const Console& console, bool show_rewards)
      : list_(list), console_(console), show_rewards_(show_rewards) {}

  /// `heading`: "question 3 of 20". `remark`: a line below it, or empty.
  std::string text(const LabelQuestion& question, std::string heading,
                   const std::string& remark) const;

 private:
  bool is_drawn() const;
  int narrowest_drawing(const Segment& segment) const;
  std::string drawing_of(const Segment& segment, int width) const;
  std::string side_text(const std::string& number, const ShownSide& side, int width) const;
  std::string way_of(const ShownSide& side) const;

  const LabelQuestions& list_;
  const Console& console_;
  bool show_rewards_;
};

}  // namespace rl::apps
