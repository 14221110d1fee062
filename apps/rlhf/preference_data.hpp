#pragma once
/// \file
/// Preference data as commands make, read, change and show them.
#include "apps/rlhf/comparison_facts.hpp"
#include "apps/rlhf/data_conversion.hpp"
#include "apps/rlhf/data_drawing.hpp"
#include "apps/rlhf/data_file.hpp"
#include "apps/rlhf/data_texts.hpp"
