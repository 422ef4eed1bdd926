// "Did you mean": the known name that a misspelt one is closest to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chorus::client {

// The name of the fewest edits (insert, delete, replace, swap two neighbours), without regard to case. Empty if none is
// within a third of the length of `wrong` or one edit, whichever is more; ties go to the first of `names`.
std::string nearest_name(std::string_view wrong, const std::vector<std::string> &names);

// "; did you mean 'X'?" for the end of a message, or nothing.
std::string did_you_mean(std::string_view wrong, const std::vector<std::string> &names);

}  // namespace chorus::client
