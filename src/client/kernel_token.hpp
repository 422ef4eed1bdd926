// The token of a private kernel, which its actors pass on in the environment: docs/private-kernels.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chorus::client {

struct KernelToken {
    std::uint64_t handle = 0;  // part of the name of the kernel's site
    std::array<std::uint64_t, 2> secret{};
};

inline constexpr const char *token_variable = "CHORUS_PRIVATE";

// From the system's random numbers. Nothing if the system has none.
std::optional<KernelToken> draw_token();
std::string site_of(const KernelToken &token);
// The value of the variable, and back: nothing unless the text is well formed.
std::string text_of(const KernelToken &token);
std::optional<KernelToken> parse_token(std::string_view text);

// Whether the program has rights that the user who started it does not have (setuid, file capabilities). It does not
// let the environment choose its kernel.
bool has_more_rights_than_its_caller();
// The token in the environment of this process. A program with more rights has none.
std::optional<KernelToken> inherited_token();

// Prepares the environment for `pass_on`: to be called once, at load. `handed_on`: a parent has handed on its kernel.
void keep_token_variable(bool handed_on);
// The programs that this process starts get this token from now on, or none.
void pass_on(const std::optional<KernelToken> &token);
// "CHORUS_PRIVATE=..." for the environment of such a program; null if there is no token to pass on. Valid until the
// next `pass_on`.
char *token_setting();

}  // namespace chorus::client
