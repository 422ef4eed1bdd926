// The terminal that the standard output goes to, if it goes to one.
#pragma once

#include <cstddef>

namespace chorus::cli {

enum class Colour { automatic, always, never };

struct Screen {
    bool terminal = false;
    bool coloured = false;
    std::size_t columns = 0;  // 0: not limited
    std::size_t rows = 0;     // 0: not limited
};

// Automatic colour is for a terminal, unless NO_COLOR is set to something or TERM is "dumb".
Screen look_at_screen(Colour colour);

}  // namespace chorus::cli
