// The size of a page in bytes.
#pragma once

namespace chorus::test {

constexpr long page = 4096;

}  // namespace chorus::test
