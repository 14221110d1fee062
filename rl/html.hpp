#pragma once
/// \file
/// Self-contained HTML pages: no network, readable on a phone, in print, in the dark and with
/// scripts off.
#include <string>
#include <string_view>

namespace rl {

/// A whole page. `style` is added to the style that all pages share: body text, tables, captions,
/// `.faint`, `.note`, `pre`, print. `script` may be empty.
std::string html_page(std::string_view title, std::string_view style, std::string_view body,
                      std::string_view script = {});

/// Text as it stands in an element or in an attribute between double quotes.
std::string html_escaped(std::string_view text);

/// Letters and digits of a text, for `id` and `#`.
std::string html_anchor(std::string_view text);

}  // namespace rl
