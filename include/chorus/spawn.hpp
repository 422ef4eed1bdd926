// What a new actor is given by Actor::spawn, and how an actor ends.
#pragma once

#include <exec/chExec.h>

#include <optional>
#include <string>
#include <vector>

namespace chorus {

// A user actor; one that may make the privileged calls as well; one that shares the supervisor address space.
enum class Privilege { user = K_USERACTOR, system = K_SYSTEMACTOR, supervisor = K_SUPACTOR };

// Whether a program's name is a path, or is looked up in PATH where it has no slash.
enum class Lookup { none, path };

// Where a child differs from its parent; an empty text: not at all.
struct SpawnOptions {
    Privilege privilege = Privilege::user;  // others: only where the caller's user is the kernel's, or root
    Lookup lookup = Lookup::none;
    std::optional<std::vector<std::string>> environment{};  // each "NAME=value"; not together with Lookup::path
    std::string directory{};                                // the working directory
    std::string root{};                                     // the root directory; needs the right to chroot
    std::string standard_input{};                           // files, opened as descriptors 0, 1 and 2
    std::string standard_output{};
    std::string standard_error{};
};

// By itself, with the low byte of its exit code; or killed, by one of K_EVT_* or the number of a signal.
struct Ending {
    enum class Manner { exited, killed };
    Manner manner = Manner::exited;
    int code = 0;
    bool operator==(const Ending &) const = default;
};

}  // namespace chorus
