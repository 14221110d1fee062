#pragma once
/// \file
/// All cases as one self-contained HTML page: no network, no script, readable on a phone and in
/// print.
#include <span>
#include <string>

#include "apps/reproduce/result.hpp"

namespace rl::reproduce {

std::string numbers_page(std::span<const CaseResult> results);

}  // namespace rl::reproduce
