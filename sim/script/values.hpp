// Numbers and times as they stand in a step. Throws ScriptError.
#pragma once

#include "script/names.hpp"
#include "script/script.hpp"
#include "script/text.hpp"

namespace chorus::sim {

// What may follow an expression: in front of a type, `byte` is no unit.
enum class Behind { anything, type };
Expression read_expression(Line &line, KnownNames &names, Behind behind = Behind::anything);

// TIME: one or two of `[-]NUMBER UNIT`. Adds them to the limit; false where there is none.
bool read_time(Line &line, Arguments &arguments);

}  // namespace chorus::sim
