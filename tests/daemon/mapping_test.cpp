// Files that the kernel maps for itself.
#include "memory/mapping.hpp"

#include <exec/chTypes.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>

#include "wire/descriptor.hpp"

namespace chorus::memory {
namespace {

const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));

wire::Descriptor file_of(const std::string &text, std::uint64_t size_bytes) {
    wire::Descriptor file(memfd_create("chorus-mapping-test", MFD_CLOEXEC));
    EXPECT_EQ(ftruncate(file.get(), static_cast<off_t>(size_bytes)), 0);
    EXPECT_EQ(pwrite(file.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    return file;
}

// The protection of this address in /proc/self/maps; empty if nothing is there.
std::string protection_of(const void *address) {
    std::ifstream maps("/proc/self/maps");
    const auto at = reinterpret_cast<std::uintptr_t>(address);
    for (std::string line; std::getline(maps, line);) {
        unsigned long start = 0, end = 0;
        char protection[5] = {};
        if (std::sscanf(line.c_str(), "%lx-%lx %4s", &start, &end, protection) == 3 && start <= at && at < end)
            return protection;
    }
    return "";
}

TEST(Mapping, SharesTheFileAndOutlivesItsDescriptor) {
    wire::Descriptor file = file_of("before", page);
    Mapping writer, reader;
    ASSERT_EQ(writer.map(file.get(), Access::read_write, 0, page), K_OK);
    ASSERT_EQ(reader.map(file.get(), Access::read_only, 0, page), K_OK);
    file.reset();
    EXPECT_EQ(protection_of(writer.start()), "rw-s");
    EXPECT_EQ(protection_of(reader.start()), "r--s");
    writer.start()[0] = 'B';
    EXPECT_EQ(std::string(reader.start(), 6), "Before");
}

TEST(Mapping, BeginsAtAnyByte) {
    const wire::Descriptor file = file_of(std::string(page, '.') + "..there", 2 * page);
    Mapping mapping;
    ASSERT_EQ(mapping.map(file.get(), Access::read_only, page + 2, 5), K_OK);
    EXPECT_EQ(std::string(mapping.start(), 5), "there");
}

TEST(Mapping, IsGoneWithItsObjectAndWithTheNextOne) {
    const wire::Descriptor first = file_of("first", page), second = file_of("second", page);
    const char *at = nullptr;
    {
        Mapping mapping;
        EXPECT_EQ(mapping.start(), nullptr);
        ASSERT_EQ(mapping.map(first.get(), Access::read_only, 0, page), K_OK);
        ASSERT_EQ(mapping.map(second.get(), Access::read_only, 0, page), K_OK);
        EXPECT_EQ(std::string(mapping.start(), 6), "second");
        at = mapping.start();
    }
    EXPECT_EQ(protection_of(at), "");
}

TEST(Mapping, AFileThatCannotBeMappedIsAFailure) {
    const wire::Descriptor file = file_of("text", page);
    Mapping mapping;
    ASSERT_EQ(mapping.map(file.get(), Access::read_only, 0, page), K_OK);
    EXPECT_EQ(mapping.map(-1, Access::read_only, 0, page), K_EFAIL);
    EXPECT_EQ(mapping.start(), nullptr) << "what was mapped before";
    int pipes[2];
    ASSERT_EQ(pipe2(pipes, O_CLOEXEC), 0);
    EXPECT_EQ(mapping.map(pipes[0], Access::read_only, 0, page), K_EFAIL);
    close(pipes[0]), close(pipes[1]);
    const wire::Descriptor not_to_write(open(("/proc/self/fd/" + std::to_string(file.get())).c_str(), O_RDONLY));
    EXPECT_EQ(mapping.map(not_to_write.get(), Access::read_write, 0, page), K_EFAIL);
    EXPECT_EQ(mapping.map(not_to_write.get(), Access::read_only, 0, page), K_OK);
}

TEST(Mapping, WithoutAddressesThereIsNoMemory) {
    constexpr std::uint64_t more_than_there_is = std::uint64_t{1} << 60;
    const wire::Descriptor file = file_of("text", page);
    Mapping mapping;
    EXPECT_EQ(mapping.map(file.get(), Access::read_write, 0, more_than_there_is), K_ENOMEM);
    EXPECT_EQ(mapping.start(), nullptr);
}

}  // namespace
}  // namespace chorus::memory
