// A datum whose length its reader does not know: the child writes the length of its CBOR encoding as an int, then the
// encoding; the parent, which waits until the child has ended, prints (1 2 #(3 4) ciao "hello" #vu8(99 98 97)).
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "datum.hpp"
#include "family.h"

namespace {

VmSize region_bytes() {
    return 16 * static_cast<VmSize>(vmPageSize());
}

void write_message(std::uint8_t *region, const std::vector<std::uint8_t> &message) {
    if (message.size() > region_bytes() - sizeof(int)) throw std::length_error("the message does not fit");
    const int length = static_cast<int>(message.size());
    std::memcpy(region, &length, sizeof length);
    std::memcpy(region + sizeof length, message.data(), message.size());
}

// Who wrote it is not trusted: the length is read once and checked, and what is returned nobody else can change.
std::vector<std::uint8_t> read_message(const std::uint8_t *region) {
    int length;
    std::memcpy(&length, region, sizeof length);
    if (length < 0 || static_cast<VmSize>(length) > region_bytes() - sizeof length)
        throw std::length_error("the length " + std::to_string(length) + " cannot be");
    const std::uint8_t *message = region + sizeof length;
    return {message, message + length};
}

void parent(const char *program) {
    auto *region = static_cast<std::uint8_t *>(allocate_shared(region_bytes()));
    wait_for_child(start_child(program, region));
    std::printf("%s\n", written(decode(read_message(region))).c_str());
}

void child(int argc, char **argv) {
    auto *region = static_cast<std::uint8_t *>(map_from_parent(argc, argv, region_bytes()));
    const Datum datum = list({1, 2, vector({3, 4}), symbol("ciao"), "hello", bytes({99, 98, 97})});
    write_message(region, Datum::to_cbor(datum));
}

}  // namespace

int main(int argc, char **argv) try {
    argc == 1 ? parent(argv[0]) : child(argc, argv);
    return 0;
} catch (const std::exception &error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
}
