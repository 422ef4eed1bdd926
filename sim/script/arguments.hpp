// What stands behind the verb of a step, read as its form says. Throws ScriptError, with the usage.
#pragma once

#include "script/names.hpp"
#include "script/script.hpp"
#include "script/text.hpp"
#include "script/verbs.hpp"

namespace chorus::sim {

void read_arguments(Line &line, KnownNames &names, const Form &form, Step &made);

}  // namespace chorus::sim
