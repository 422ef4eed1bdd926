// What `chorusd --reload` is in a version whose journal is another one: built with another `Journal::version`.
#include <iostream>

#include "daemon/reload.hpp"

int main(int, char **argv) {
    return chorus::daemon::replace_running(argv[1], std::cout, std::cerr);
}
