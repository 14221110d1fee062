#include "rl/html.hpp"

#include <fmt/format.h>

namespace rl {

namespace {

constexpr const char* kSharedStyle = R"css(
:root { --ink: #1b1f24; --faint: #5b6570; --line: #d5dae0; --paper: #fff; --shade: #f4f6f8;
        --good: #0b6b3a; --bad: #a4161a; --open: #5b6570; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ed; --faint: #a3adb8; --line: #3a424b; --paper: #14181c; --shade: #1d2329;
          --good: #63d297; --bad: #ff8a8a; --open: #a3adb8; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 1rem; background: var(--paper);
       color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; line-height: 1.2; } h2 { margin-top: 2.5rem; }
h2, h3 { line-height: 1.25; } h3 { font-size: 1rem; margin: 0; }
a { color: inherit; }
.faint { color: var(--faint); font-size: .875rem; }
.note { border-left: .25rem solid var(--line); padding-left: .6rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .875rem;
        margin: .3rem 0; }
caption { text-align: left; color: var(--faint); }
td { border: 1px solid var(--line); padding: .1rem .4rem; text-align: right; white-space: nowrap; }
pre { background: var(--shade); padding: .6rem; overflow-x: auto; font-size: .8125rem;
      white-space: pre-wrap; }
dt { font-weight: 600; } dd { margin: 0 0 .6rem 1.2rem; }
@media (max-width: 30rem) { body { padding: .6rem; } }
@media print { :root { --ink: #000; --faint: #444; --line: #999; --paper: #fff; --shade: #fff;
                       --good: #000; --bad: #000; --open: #000; }
  html { font-size: 9pt; } body { max-width: none; } nav { display: none; }
  h2, h3 { break-after: avoid; } }
)css";

}  // namespace

std::string html_page(std::string_view title, std::string_view style, std::string_view body,
                      std::string_view script) {
  std::string page = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>{}{}</style></head>\n<body>\n{}",
      html_escaped(title), kSharedStyle, style, body);
  if (!script.empty()) page += fmt::format("<script>{}</script>\n", script);
  return page + "</body></html>\n";
}

std::string html_escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '&')
      result += "&amp;";
    else if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else if (c == '"')
      result += "&quot;";
    else
      result += c;
  }
  return result;
}

std::string html_anchor(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    const bool kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!kept) c = '-';
  }
  return result;
}

}  // namespace rl
